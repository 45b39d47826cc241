import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { superviseChild } from '#platform/process';
import type { Child, ChildEvent } from '#platform/process';
import { systemClock } from '#platform/telemetry';
import type { SettingValues } from '#platform/settings';
import { prepareCertificates } from './certificates.ts';
import type { Certificates } from './certificates.ts';
import { ACCESS, prepareDatabases } from './databases.ts';
import type { Guest, Superuser, Tenant } from './databases.ts';
import { environmentFor } from './environment.ts';
import type { Environment } from './environment.ts';
import { keptSecret } from './home.ts';
import type { Home } from './home.ts';
import { keepServer } from './keeper.ts';
import type { KeptServer } from './keeper.ts';
import { untilReady } from './readiness.ts';
import type { Screen } from './screen.ts';
import type { upSettings } from './settings.ts';
import { prepareAdministrator } from './setup.ts';
import type { Administrator } from './setup.ts';

export type BringUp = {
  readonly home: Home;
  readonly settings: SettingValues<typeof upSettings> & { readonly planeUrl: string };
  readonly env: Environment;
  readonly screen: Screen;
  /** Collects what must be closed, in the order it was opened. */
  readonly opened: (() => Promise<void>)[];
  /** Aborted when nothing more should be started. */
  readonly stopping: AbortSignal;
};

/** Everything that runs, and where. */
export type Running = {
  readonly server: KeptServer;
  readonly certificates: Certificates;
  readonly administrator: Administrator;
  readonly controlAddress: string;
  readonly planeAddress: string;
  readonly gatewayAddress: string;
  readonly superuser: Superuser;
  /** The demo's database and the role that owns it. */
  readonly demo: { readonly role: string; readonly url: string };
};

const PROGRAMS = fileURLToPath(new URL('..', import.meta.url));

/** Starts everything in order, each step told on the screen; throws the first problem and leaves closing to the caller. */
export async function bringUp(wanted: BringUp): Promise<Running> {
  const { home, screen, opened, stopping } = wanted;
  screen.step(`home is ${home.root}`);
  const certificates = await prepareCertificates(home.tls, systemClock());
  const { server, superuser, tenants, operator } = await startDatabase(wanted);
  const urlOf = ({ role, password, database }: Tenant) =>
    server.first.url({ role, password: password.reveal(), database });

  stopping.throwIfAborted();
  screen.step('starting the control plane');
  const control = startChild(wanted, 'control', {
    PRIVET_CONTROL_DATABASE_URL: urlOf(tenants.control),
    ...tlsVariables('PRIVET_CONTROL', certificates.servers.control),
    PRIVET_CONTROL_LOCAL_PLANE: wanted.settings.planeName,
    PRIVET_CONTROL_LOCAL_PLANE_URL: wanted.settings.planeUrl,
    PRIVET_CONTROL_LOCAL_PLANE_TOKEN_PATH: join(home.plane, 'token'),
  });
  opened.push(() => control.stop());
  const controlAddress = (await control.ready)['api'] ?? '';
  const administrator = await prepareAdministrator(
    home,
    { address: controlAddress, authorityFile: certificates.authorityFile },
    wanted.settings.adminName,
  );

  stopping.throwIfAborted();
  screen.step('starting the data plane');
  const plane = startChild(wanted, 'plane', {
    PRIVET_PLANE_DATABASE_URL: urlOf(tenants.plane),
    PRIVET_OPERATOR_DATABASE_URL: urlOf({ ...operator, database: tenants.plane.database }),
    PRIVET_PLANE_NAME: wanted.settings.planeName,
    PRIVET_PLANE_CONTROL_URL: controlAddress,
    PRIVET_PLANE_CONTROL_AUTHORITY_FILE: certificates.authorityFile,
    PRIVET_PLANE_CONTROL_KEYS_FILE: join(home.control, 'signing-keys.json'),
    PRIVET_PLANE_TOKEN_FILE: join(home.plane, 'token'),
    ...tlsVariables('PRIVET_PLANE', certificates.servers.plane),
    ...tlsVariables('PRIVET_GATEWAY', certificates.servers.gateway),
  });
  opened.push(() => plane.stop());
  const doors = await plane.ready;
  const planeAddress = doors['api'] ?? '';
  const { authorityFile } = certificates;
  const answer = await untilReady({ address: planeAddress, authorityFile }, stopping);
  if (answer !== 'ready')
    screen.note(`the data plane is not ready yet (${answer.message}): see ${home.log}`);
  return {
    server,
    superuser,
    certificates,
    administrator,
    controlAddress,
    planeAddress,
    gatewayAddress: doors['gateway'] ?? '',
    demo: { role: tenants.demo.role, url: urlOf(tenants.demo) },
  };
}

type Tenants = Readonly<Record<'control' | 'plane' | 'demo', Tenant>>;

type Database = {
  readonly server: KeptServer;
  readonly superuser: Superuser;
  readonly tenants: Tenants;
  /** Reads views of the plane's database and nothing else. */
  readonly operator: Guest;
};

async function startDatabase(wanted: BringUp): Promise<Database> {
  const { home, screen, opened, settings } = wanted;
  const superuserPassword = keptSecret(join(home.secrets, 'database-superuser'));
  const server = await keepServer(
    {
      home: home.root,
      password: superuserPassword,
      access: ACCESS,
      onStep: (text) => screen.step(text),
      ...(settings.postgres === 'any' ? {} : { installation: settings.postgres }),
    },
    (line) => screen.note(line),
  );
  opened.push(() => server.stop());
  const tenant = (database: string, role: string): Tenant => {
    return { database, role, password: keptSecret(join(home.secrets, `database-${role}`)) };
  };
  const tenants = {
    control: tenant('privet_control', 'privet_control'),
    plane: tenant('privet_plane', 'privet_plane'),
    demo: tenant('demo', 'demo_owner'),
  };
  const superuser = { server: server.first, password: superuserPassword };
  const role = 'privet_operator';
  const operator = { role, password: keptSecret(join(home.secrets, `database-${role}`)) };
  await prepareDatabases(superuser, { tenants: Object.values(tenants), guests: [operator] });
  return { server, superuser, tenants, operator };
}

/** A young generation of V8's own size fills 25 to 50 MB with what the gateway drops at once (docs/design/gateway.md). */
const HEAP = { control: [], plane: ['--max-semi-space-size=2'] } as const;

function startChild(
  { home, env, screen }: BringUp,
  name: 'control' | 'plane',
  ours: Readonly<Record<string, string>>,
): Child {
  return superviseChild({
    name,
    command: [process.execPath, ...HEAP[name], join(PROGRAMS, name, 'main.ts')],
    cwd: home.root,
    env: environmentFor(name, env, { PRIVET_HOME: home.root, ...ours }),
    logFile: join(home.log, `${name}.log`),
    onEvent: (event) => tell(screen, name, event),
  });
}

function tell(screen: Screen, name: string, event: ChildEvent): void {
  if (event.kind === 'step') screen.step(`${name}: ${event.text}`);
  if (event.kind === 'died')
    screen.note(`${event.why ?? `${name} ended (${event.how})`}; starting ${name} again`);
  if (event.kind === 'ready' && event.starts > 1) screen.note(`${name} is back`);
}

function tlsVariables(
  prefix: string,
  files: { readonly chainFile: string; readonly keyFile: string },
): Readonly<Record<string, string>> {
  return {
    [`${prefix}_TLS_CERTIFICATE_FILE`]: files.chainFile,
    [`${prefix}_TLS_KEY_FILE`]: files.keyFile,
  };
}
