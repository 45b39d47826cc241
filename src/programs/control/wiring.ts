import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBundleDesk } from '#control/access';
import type { BundleDesk } from '#control/access';
import { createControlServer, startPuller } from '#control/api';
import {
  BY_ITSELF,
  ensureLocalPlane,
  inWork,
  openSigningKey,
  prepareSetup,
} from '#control/identity';
import type { Office, SigningKey } from '#control/identity';
import { openObservatory } from '#control/observe';
import type { SecretKeys } from '#control/observe';
import { checkDatabase, migrate, openPool, transaction, refuseExcessRights } from '#platform/db';
import type { Pool } from '#platform/db';
import {
  addOperations,
  closeServer,
  doorCertificate,
  endpointFrom,
  listen,
  localAddress,
  openHttpClient,
  openRedirect,
  renewCertificate,
} from '#platform/http';
import type { HttpServer, ServerOptions } from '#platform/http';
import { openFileProvider } from '#platform/kms';
import { openInOrder } from '#platform/process';
import type { Opened } from '#platform/process';
import type { SettingValues } from '#platform/settings';
import {
  certificateGauge,
  createHealth,
  createMetrics,
  recordAnswers,
  systemClock,
  systemId,
  systemRandom,
} from '#platform/telemetry';
import type { Health, Log, Registry } from '#platform/telemetry';
import type { controlSettings } from './settings.ts';
import { openControlWitness } from './witness.ts';

export type Wanted = {
  readonly settings: SettingValues<typeof controlSettings>;
  readonly directory: string;
  readonly version: string;
  readonly log: Log;
  readonly step: (text: string) => void;
  readonly onReload: (listener: () => void) => void;
};

export type Control = {
  /** Of its API, as programs on this machine reach it. */
  readonly address: string;
  /** Lets running requests finish, then closes everything. */
  close(): Promise<void>;
};

/** Any fixed number that no other advisory lock of this database uses. */
const START_LOCK_KEY = 774_839;
const MIGRATIONS = new URL('../../control/migrations/', import.meta.url);

/** Brings the database up to date and opens the control plane; throws a `Problem` when it cannot, with everything closed. */
export async function openControl(wanted: Wanted): Promise<Control> {
  return openInOrder(async (opened) => ({ address: await openParts(wanted, opened) }));
}

async function openParts(wanted: Wanted, opened: Opened): Promise<string> {
  const { settings, log } = wanted;
  const at = endpointFrom(settings.listen, 'control.listen');
  const pool = openPool({
    url: settings.databaseUrl.reveal(),
    name: 'privet-control',
    connectionsMax: settings.databaseConnectionsMax,
    onIdleError: (error) => log.warn('database connection lost', { error }),
  });
  opened.push(() => pool.end());
  await prepareDatabase(pool, wanted);
  const office = { pool, clock: systemClock, random: systemRandom };
  const key = await inTurn(pool, () => prepareOffice(office, wanted));
  const bundles = openBundleDesk({ office, key });
  opened.push(() => bundles.close());
  const secretKeys = await openSecretKeys(wanted);
  const linkBase = settings.publicUrl === '' ? null : settings.publicUrl.replace(/\/+$/u, '');
  const observatory = openObservatory({
    office,
    databaseUrl: settings.databaseUrl.reveal(),
    keys: secretKeys,
    loopback: settings.alertsToLoopback === 'allowed',
    linkBase,
    onProblem: (error, what) => log.warn(`${what} failed, trying again`, { error }),
  });
  opened.push(() => observatory.close());
  const health = createHealth();
  const registry = createMetrics();
  const gauge = certificateGauge(registry);
  const { onReload } = wanted;
  const certificate = doorCertificate({ clock: systemClock, log, health, gauge, onReload }, 'api', {
    chainFile: settings.tlsCertificateFile,
    keyFile: settings.tlsKeyFile,
  });
  opened.push(() => certificate.close());
  const clientCertificates = { hintPem: await planesHint(wanted) };
  const staff = { office, key, bundles, secretKeys };
  const door = { certificate: certificate.current(), clientCertificates, health, registry };
  const server = await openServer(wanted, staff, door);
  certificate.onChange((renewed) =>
    renewCertificate(server, { certificate: renewed, clientCertificates }),
  );
  opened.push(async () => {
    // First of all, or planes that wait for a bundle would hold the server open.
    await bundles.close();
    await closeServer(server);
  });
  const port = await listen(server, at);
  if (settings.redirectListen !== '') {
    const place = endpointFrom(settings.redirectListen, 'control.redirectListen');
    const current = () => certificate.current();
    const redirect = await openRedirect({ at: place, port, certificate: current });
    opened.push(() => redirect.close());
  }
  openPuller(wanted, { office, key, bundles, secretKeys }, opened);
  await openControlWitness(wanted, { certificate: certificate.current(), health }, opened);
  log.info('listening', { address: at.host, port });
  return localAddress(at.host, port);
}

/** Asks the planes that call nobody. */
function openPuller({ settings, log }: Wanted, staff: Staff, opened: Opened): void {
  const { pullPlanes: planes, pullAuthorityFile, columnsAtRegistration } = settings;
  if (planes.length === 0) return;
  const authority =
    pullAuthorityFile === '' ? {} : { authorityPem: readFileSync(pullAuthorityFile, 'utf8') };
  const puller = startPuller({
    ...staff,
    planes,
    rule: { columnsAtRegistration },
    clientOf: (origin) => openHttpClient({ origin, ...authority }),
    onFault: (error, plane) => log.warn('plane cannot be asked', { plane, error }),
  });
  opened.push(() => puller.close());
}

type Staff = {
  readonly office: Office;
  readonly key: SigningKey;
  readonly bundles: BundleDesk;
  readonly secretKeys: SecretKeys;
};

type Door = Pick<ServerOptions, 'certificate' | 'clientCertificates'> & {
  readonly health: Health;
  readonly registry: Registry;
};

async function openServer(wanted: Wanted, staff: Staff, door: Door): Promise<HttpServer> {
  const { settings, log } = wanted;
  const { health, registry, ...certificates } = door;
  const server = await createControlServer({
    version: wanted.version,
    ...certificates,
    hstsSeconds: settings.hstsSeconds,
    requestId: () => systemId('req'),
    requestsPerMinuteMax: settings.requestsPerMinuteMax,
    onAnswered: recordAnswers(log, registry),
    room: {
      ...staff,
      setupTokenFile: setupTokenFile(wanted),
      registration: { columnsAtRegistration: settings.columnsAtRegistration },
      alertsToLoopback: settings.alertsToLoopback === 'allowed',
      planeCertificates: settings.planeCertificates,
    },
  });
  health.add('ready', 'database', () => checkDatabase(staff.office.pool));
  addOperations(server, {
    report: (kind) => health.report(kind),
    metrics: () => registry.metrics(),
    metricsToken: settings.metricsToken,
  });
  return server;
}

/**
 * The authority that control names when it asks for client certificates. It signed none: planes vouch for themselves and are pinned, and
 * browsers have nothing of that authority to offer, so that they do not ask their people.
 */
async function planesHint({ directory }: Wanted): Promise<string> {
  const path = join(directory, 'planes-hint.pem');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const { createAuthority } = await import('#platform/http/authority');
  const { certificatePem } = await createAuthority({
    name: 'Privet planes',
    nowMs: systemClock(),
  });
  writeFileSync(path, certificatePem, { mode: 0o644 });
  return certificatePem;
}

async function prepareDatabase(pool: Pool, { log, step }: Wanted): Promise<void> {
  await refuseExcessRights(pool);
  step('bringing the control database up to date');
  const { applied } = await migrate(pool, MIGRATIONS);
  for (const migration of applied) log.info('migration applied', { migration });
}

/** Of several control processes that start at once, one at a time makes files and first rows. */
function inTurn<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  return transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [START_LOCK_KEY]);
    return work();
  });
}

async function prepareOffice(office: Office, wanted: Wanted): Promise<SigningKey> {
  const { settings, directory } = wanted;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key = openSigningKey(join(directory, 'signing.key'));
  // Planes pin this file's content at enrolment; it is public.
  const publicKeys = [{ kid: key.kid, publicKey: key.publicKey }];
  writeFileSync(join(directory, 'signing-keys.json'), `${JSON.stringify(publicKeys)}\n`, {
    mode: 0o644,
  });
  await prepareSetup(office, setupTokenFile(wanted));
  if (settings.localPlane !== '') {
    const plane = {
      name: settings.localPlane,
      url: settings.localPlaneUrl,
      tokenFile: settings.localPlaneTokenPath,
    };
    await inWork(office, BY_ITSELF, (work) => ensureLocalPlane(work, plane));
  }
  return key;
}

/** The key of control's own secrets, such as what alert channels are reached with; it opens nothing of a plane. */
async function openSecretKeys({ directory, log }: Wanted): Promise<SecretKeys> {
  const path = join(directory, 'secrets.key');
  const { provider, created } = await openFileProvider({ path, create: true });
  if (created) log.info('made the key that secrets of alert channels are sealed under', { path });
  return provider;
}

function setupTokenFile({ directory }: Wanted): string {
  return join(directory, 'setup-token');
}
