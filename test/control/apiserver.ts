import { newId } from '#base/ids';
import { openBundleDesk } from '#control/access';
import { createControlServer } from '#control/api';
import type { Room } from '#control/api';
import { createSubject, newSigningKey, setPassword, signIn } from '#control/identity';
import { grantPermission } from '#control/identity';
import type { Permission } from '#boundary';
import type { HttpServer } from '#platform/http';
import { openTestKeys } from '../observe/secretkeys.ts';
import { issueTestCertificate } from './certificate.ts';
import type { TestOffice } from './office.ts';

export const PASSWORD = 'brook stapler violet 19';

/** The API of a test office, asked without a socket. */
export type TestApi = {
  readonly server: HttpServer;
  readonly room: Room;
  /** Of the authority that signed the server. */
  readonly authorityPem: string;
  /** A new person with these permissions, signed in; gives the bearer secret. */
  person(name: string, ...permissions: readonly Permission[]): Promise<string>;
  /** Sends a request as whoever the secret belongs to. */
  ask(secret: string | null, call: AskedCall): Promise<Asked>;
};

export type AskedCall = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Asked = {
  readonly status: number;
  /** Parsed JSON; tests say what they expect of it, and a wrong guess fails them. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
};

/** Mounts every route of control on an office; `room` replaces parts of what the routes work with. */
export async function openTestApi(
  office: TestOffice,
  room: Pick<Room, 'setupTokenFile'> & Partial<Pick<Room, 'planeCertificates'>>,
): Promise<TestApi> {
  const key = newSigningKey();
  const bundles = openBundleDesk({ office, key });
  const secrets = await openTestKeys();
  const full: Room = {
    office,
    key,
    bundles,
    secretKeys: secrets.keys,
    registration: { columnsAtRegistration: 'seen' },
    planeCertificates: 'off',
    alertsToLoopback: false,
    ...room,
  };
  const certificate = await issueTestCertificate();
  const server = await createControlServer({
    version: '0.0.0-test',
    certificate,
    clientCertificates: { hintPem: certificate.authorityPem },
    requestId: () => newId('req', { nowMs: office.clock(), random: office.random }),
    requestsPerMinuteMax: 100_000,
    room: full,
  });
  server.addHook('onClose', async () => {
    secrets.remove();
    await bundles.close();
  });
  await server.ready();
  return {
    server,
    room: full,
    authorityPem: certificate.authorityPem,
    person: (name, ...permissions) => person(office, name, permissions),
    ask: (bearer, call) => ask(server, bearer, call),
  };
}

async function person(
  office: TestOffice,
  name: string,
  permissions: readonly Permission[],
): Promise<string> {
  await office.does(async (work) => {
    await createSubject(work, { name, kind: 'person' });
    await setPassword(work, name, { text: PASSWORD, temporary: false });
    for (const one of permissions) await grantPermission(work, name, one);
  });
  const from = { requestId: 'req_test', address: '192.0.2.1' };
  const signed = await signIn(office, { ...from, name, password: PASSWORD, kind: 'bearer' });
  return signed.session.secret;
}

async function ask(server: HttpServer, bearer: string | null, call: AskedCall): Promise<Asked> {
  const reply = await server.inject({
    method: call.method ?? 'GET',
    url: /^\/(?:api|v1)\//u.test(call.path) ? call.path : `/api/v1${call.path}`,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { payload: call.body }),
  });
  const body: unknown = reply.body === '' ? null : JSON.parse(reply.body);
  return { status: reply.statusCode, body, headers: reply.headers };
}
