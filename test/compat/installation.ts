import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { freePort } from '#platform/db/testcluster';
import { openHttpClient } from '#platform/http';
import type { HttpClient } from '#platform/http';

const PRIVET = fileURLToPath(new URL('../../bin/privet', import.meta.url));
/** A busy machine is slow; a good one takes 4 s. */
const START_MS = 90_000;

/** What `privet up` makes: both planes as programs of their own, on free ports, with their own authority. */
export type Installation = {
  readonly directory: string;
  readonly authorityFile: string;
  readonly controlUrl: string;
  readonly planeUrl: string;
  /** Asks control as its first administrator; throws the problem it answers with. */
  control(method: Method, path: string, body?: unknown): Promise<Answer>;
  /** Asks the plane as the same person. */
  plane(method: Method, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
};
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
/** Tests say what they expect of it, and a wrong guess fails them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = any;

export async function openInstallation(): Promise<Installation> {
  const directory = mkdtempSync(join(tmpdir(), 'privet-compat-'));
  // Open to the account the database server is given to, or it would move out of the home.
  chmodSync(directory, 0o755);
  const home = join(directory, 'home');
  const [control, plane, gateway] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(PRIVET, ['up'], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      PRIVET_HOME: home,
      PRIVET_CONTROL_LISTEN: `127.0.0.1:${control}`,
      PRIVET_CONTROL_LOCAL_PLANE_URL: `https://127.0.0.1:${plane}`,
      PRIVET_PLANE_LISTEN: `127.0.0.1:${plane}`,
      PRIVET_GATEWAY_LISTEN: `127.0.0.1:${gateway}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await started(child);
    return await enter({ directory, home, control, plane, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

type Entrance = {
  readonly directory: string;
  readonly home: string;
  readonly control: number;
  readonly plane: number;
  readonly stop: () => Promise<void>;
};

async function enter({ directory, home, control, plane, stop }: Entrance): Promise<Installation> {
  const authorityFile = join(home, 'tls/ca.pem');
  const authorityPem = readFileSync(authorityFile, 'utf8');
  const clients = [control, plane].map((port) =>
    openHttpClient({ origin: `https://127.0.0.1:${port}`, authorityPem }),
  ) as [HttpClient, HttpClient];
  const password = readFileSync(join(home, 'admin-password'), 'utf8').trim();
  const session = await send(clients[0], null, {
    method: 'POST',
    path: '/api/v1/sessions',
    body: { name: 'admin', password, kind: 'bearer' },
  });
  const bearer = secret(String(session.token ?? session.secret));
  const ask = (client: HttpClient, as: Secret) => (method: Method, path: string, body?: unknown) =>
    send(client, as, { method, path, body });
  const asAdmin = ask(clients[0], bearer);
  const [{ name }] = (await asAdmin('GET', '/api/v1/planes')).items;
  const identity = await asAdmin('POST', '/api/v1/identity-tokens', { plane: name });
  return {
    directory,
    authorityFile,
    controlUrl: `https://127.0.0.1:${control}`,
    planeUrl: `https://127.0.0.1:${plane}`,
    control: asAdmin,
    plane: ask(clients[1], secret(String(identity.token))),
    async stop() {
      for (const client of clients) await client.close();
      await stop();
    },
  };
}

async function send(
  client: HttpClient,
  as: Secret | null,
  call: { readonly method: Method; readonly path: string; readonly body?: unknown },
): Promise<Answer> {
  const { body, ...rest } = call;
  const given = body === undefined ? rest : { ...rest, body };
  return (await client.send(as === null ? given : { ...given, bearer: as })).body;
}

async function started(child: ChildProcess): Promise<void> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  }
  for (const deadline = Date.now() + START_MS; !/Privet is up/u.test(text);) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`privet up: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until the work is done without a problem: what control says reaches a plane within seconds. */
export async function eventually<T>(work: () => Promise<T>, seconds = 20): Promise<T> {
  for (const deadline = Date.now() + seconds * 1_000; ;) {
    try {
      return await work();
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
