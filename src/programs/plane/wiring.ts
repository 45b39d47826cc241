import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { databaseProblem, migrate, openPool } from '#platform/db';
import type { Pool } from '#platform/db';
import {
  addOperations,
  closeServer,
  createHttpServer,
  endpointFrom,
  listen,
  localAddress,
  readCertificate,
} from '#platform/http';
import type { SettingValues } from '#platform/settings';
import {
  createHealth,
  createMetrics,
  recordAnswers,
  systemClock,
  systemId,
} from '#platform/telemetry';
import type { Log } from '#platform/telemetry';
import { openLedger } from '#plane/ledger';
import type { planeSettings } from './settings.ts';

export type Wanted = {
  readonly settings: SettingValues<typeof planeSettings>;
  readonly directory: string;
  readonly version: string;
  readonly log: Log;
  readonly step: (text: string) => void;
};

export type Plane = {
  /** Of each door, as programs on this machine reach it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Lets running work finish, then closes everything, the last opened first. */
  close(): Promise<void>;
};

const MIGRATIONS = new URL('../../plane/migrations/', import.meta.url);

/** Brings the database up to date and opens the data plane; throws a `Problem` when it cannot, with everything closed. */
export async function openPlane(wanted: Wanted): Promise<Plane> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of opened.toReversed()) await one();
  };
  try {
    const addresses = await open(wanted, opened);
    return { addresses, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(wanted: Wanted, opened: (() => Promise<void>)[]): Promise<Plane['addresses']> {
  const { settings, log, directory } = wanted;
  const at = endpointFrom(settings.listen, 'plane.listen');
  const certificate = readCertificate({
    chainFile: settings.tlsCertificateFile,
    keyFile: settings.tlsKeyFile,
  });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pool = openPool({
    url: settings.databaseUrl.reveal(),
    name: 'privet-plane',
    connectionsMax: settings.databaseConnectionsMax,
    onIdleError: (error) => log.warn('database connection lost', { error }),
  });
  opened.push(() => pool.end());
  await prepareDatabase(pool, wanted);
  const ledger = await openLedger({
    pool,
    plane: settings.name,
    clock: systemClock,
    headFile: join(directory, 'ledger-head'),
    onFault: (error) => log.error('ledger fault', { error }),
  });
  opened.push(() => ledger.close());
  const registry = createMetrics();
  const health = createHealth();
  health.add('ready', 'database', () => checkDatabase(pool));
  const server = await createHttpServer({
    title: 'Privet data plane',
    version: wanted.version,
    certificate,
    requestId: () => systemId('req'),
    requestsPerMinuteMax: settings.requestsPerMinuteMax,
    onAnswered: recordAnswers(log, registry),
  });
  addOperations(server, {
    report: (kind) => health.report(kind),
    metrics: () => registry.metrics(),
    metricsToken: settings.metricsToken,
  });
  opened.push(() => closeServer(server));
  const port = await listen(server, at);
  log.info('listening', { address: at.host, port });
  return { api: localAddress(at.host, port) };
}

async function prepareDatabase(pool: Pool, { log, step }: Wanted): Promise<void> {
  step('bringing the plane database up to date');
  const { applied } = await migrate(pool, MIGRATIONS).catch((error: unknown) => {
    throw databaseProblem(error);
  });
  for (const migration of applied) log.info('migration applied', { migration });
}

async function checkDatabase(pool: Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    throw databaseProblem(error);
  }
}
