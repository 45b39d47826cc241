import type { Id } from '#base/ids';
import { problemFrom } from '#base/problem';
import type { Secret } from '#base/secret';
import type { Barrier, Catalog } from '#engines/sql';
import { databaseProblem } from '#platform/db';
import { Problem } from '#base/problem';
import type { TlsMode } from './address.ts';
import type { Actor, SourcesSettings } from './context.ts';
import { createDirectory } from './directory.ts';
import type { SourceSystem } from './directory.ts';
import type { Fault } from './fault.ts';
import type { Finding } from './finding.ts';
import { hardenSystem, statementCredentials, unhardenSystem } from './harden.ts';
import type { Administrator, HardenResult } from './harden.ts';
import { createInstaller } from './installer.ts';
import { changeAccess, forgetSystem, registerSystem, trySystem } from './register.ts';
import type { Access, Registration, Trial, TrialReport } from './register.ts';
import { findSystem, listSystems } from './systemtable.ts';
import type { Mode, SystemRow } from './systemtable.ts';
import { createTurnstile } from './turnstile.ts';

/** How a session reaches its source system; the password is opened, so keep it no longer than the log-in takes. */
export type UpstreamAddress = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly tls: TlsMode;
  readonly certificateAuthorities: string | null;
};

/** A system as people see it: no secret, no OIDs. */
export type SystemView = {
  readonly id: Id<'sys'>;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: TlsMode;
  readonly schemas: readonly string[] | null;
  readonly mode: Mode;
  readonly gateRole: string | null;
  readonly registeredBy: Id<'sub'>;
  readonly registeredAtMs: number;
  readonly refreshedAtMs: number;
  readonly serverVersion: number;
  readonly version: number;
  readonly digest: string;
  readonly health: Fault | 'ok' | 'unknown';
  readonly findings: readonly Finding[];
};

export type Sources = {
  /** Connects and looks, keeping nothing. */
  trial(trial: Trial, actor: Actor): Promise<TrialReport>;
  register(registration: Registration, actor: Id<'sub'>): Promise<SystemView>;
  list(): Promise<readonly SystemView[]>;
  /** One system; throws `not-found`. */
  find(name: string): Promise<SystemView>;
  /** Looks at a system now; throws the source's fault. */
  refresh(name: string): Promise<SystemView>;
  changeAccess(name: string, access: Access, actor: Actor): Promise<SystemView>;
  forget(name: string, actor: Actor): Promise<void>;
  harden(name: string, administrator: Administrator | null, actor: Actor): Promise<HardenResult>;
  unharden(name: string, administrator: Administrator | null, actor: Actor): Promise<void>;
  /** The system of that name with its newest catalog, or undefined; cheap when nothing changed. */
  system(name: string): Promise<SourceSystem | undefined>;
  /** Its newest catalog; throws `not-found`. */
  catalogOf(name: string): Promise<Catalog>;
  /** Where statements of people go, as the system's mode says; throws `unavailable` when the secret cannot be opened. */
  address(name: string): Promise<UpstreamAddress>;
  /** The same for a mode of choice. */
  upstreamOf(name: string, mode: Mode): Promise<UpstreamAddress>;
  install(name: string, barriers: readonly Barrier[]): Promise<ReadonlyMap<string, number>>;
  /** Drops barrier views nobody used in a week; gives their names. */
  collectBarriers(name: string): Promise<readonly string[]>;
  /** Begins to look at every system from time to time. */
  start(): void;
  stop(): Promise<void>;
};

const REFRESH_SECONDS = 15;
/** Unused barriers are a matter of days. */
const COLLECT_MS = 60 * 60 * 1000;

/** Opens the sources of a plane; nothing is connected before the first use. */
export function openSources(settings: SourcesSettings): Sources {
  const turnstile = createTurnstile();
  const directory = createDirectory(settings, turnstile);
  const installer = createInstaller(settings, directory, turnstile);
  const view = (row: SystemRow) => viewOf(row, directory.health(row.name));
  const find = async (name: string) => view(await findSystem(settings.pool, name).catch(asProblem));
  const upstreamOf = async (name: string, mode?: Mode) => {
    const system = (await directory.row(name)) ?? missing(name);
    return upstream(settings, system, mode ?? system.mode);
  };
  /** Does one thing with a system at a time, and forgets what was known of it before. */
  const changing = <T>(name: string, act: () => Promise<T>): Promise<T> =>
    turnstile(name, async () => {
      try {
        return await act();
      } finally {
        directory.forget(name);
      }
    });
  const watch = createWatch(settings, async (name) => {
    await directory.refresh(name, false);
    return installer;
  });

  return {
    trial: (trial, actor) => trySystem(settings, trial, actor),
    register: (registration, actor) =>
      changing(registration.name, async () =>
        view(await registerSystem(settings, registration, actor)),
      ),
    list: async () => (await listSystems(settings.pool).catch(asProblem)).map(view),
    find,
    async refresh(name) {
      await directory.row(name).then((row) => row ?? missing(name));
      await directory.refresh(name, true);
      return find(name);
    },
    async changeAccess(name, access, actor) {
      await changing(name, () => changeAccess(settings, { name, access }, actor));
      return find(name);
    },
    forget: (name, actor) => changing(name, () => forgetSystem(settings, name, actor)),
    harden: (name, administrator, actor) =>
      changing(name, () => hardenSystem(settings, { name, administrator }, actor)),
    unharden: (name, administrator, actor) =>
      changing(name, () => unhardenSystem(settings, { name, administrator }, actor)),
    system: (name) => directory.system(name),
    async catalogOf(name) {
      return ((await directory.system(name)) ?? missing(name)).catalog;
    },
    address: (name) => upstreamOf(name),
    upstreamOf,
    install: (name, barriers) => installer.install(name, barriers),
    collectBarriers: (name) => installer.collect(name),
    start: () => watch.start(),
    stop: () => watch.stop(),
  };
}

/** Looks at every system on a timer, one after the other; a fault of one does not keep the others waiting. */
function createWatch(
  settings: SourcesSettings,
  look: (name: string) => Promise<ReturnType<typeof createInstaller>>,
) {
  const everyMs = (settings.refreshSeconds ?? REFRESH_SECONDS) * 1000;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let collectedAtMs = settings.clock();

  async function round(): Promise<void> {
    const collect = settings.clock() - collectedAtMs >= COLLECT_MS;
    if (collect) collectedAtMs = settings.clock();
    const systems = await listSystems(settings.pool).catch(() => []);
    for (const { name } of systems) {
      try {
        const installer = await look(name);
        if (collect) await installer.collect(name);
      } catch (thrown) {
        settings.onFault?.(problemFrom(thrown), name);
      }
    }
    running = null;
  }
  return {
    start() {
      timer ??= setInterval(() => {
        running ??= round();
      }, everyMs);
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

async function upstream(
  settings: SourcesSettings,
  system: SystemRow,
  mode: Mode,
): Promise<UpstreamAddress> {
  const { address, password, authorities } = await statementCredentials(settings, system, mode);
  return { ...address, password, certificateAuthorities: authorities };
}

function viewOf(row: SystemRow, health: SystemView['health']): SystemView {
  const { host, port, database, user, tls } = row.address;
  return {
    id: row.id,
    name: row.name,
    host,
    port,
    database,
    user,
    tls,
    schemas: row.schemas,
    mode: row.mode,
    gateRole: row.gateRole,
    registeredBy: row.registeredBy,
    registeredAtMs: row.registeredAtMs,
    refreshedAtMs: row.refreshedAtMs,
    serverVersion: row.serverVersion,
    version: row.version,
    digest: row.digest,
    health,
    findings: row.findings,
  };
}

function missing(name: string): never {
  throw new Problem('not-found', `no system is called \`${name.slice(0, 80)}\``, {
    hint: '`privet system list` shows the systems there are',
  });
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
