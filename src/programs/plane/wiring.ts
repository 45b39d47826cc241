import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { checkDatabase, migrate, openPool, refuseExcessRights, roleReport } from '#platform/db';
import type { Pool } from '#platform/db';
import {
  addOperations,
  closeServer,
  doorCertificate,
  createHttpServer,
  endpointFrom,
  listen,
  localAddress,
  openRedirect,
  renewCertificate,
  RESPONSE_BYTES_MAX,
} from '#platform/http';
import type { DoorWatch, HeldCertificate, ServerCertificate } from '#platform/http';
import { openInOrder } from '#platform/process';
import type { Opened } from '#platform/process';
import type { Settings } from '#platform/settings';
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
import { addPlaneRoutes } from '#plane/api';
import { openBorder, verifierOf } from '#plane/border';
import type { Border, PublicKey } from '#plane/border';
import type { Connections } from '#plane/connections';
import type { Collector } from '#plane/collector';
import { egressDispatcher, SOURCES } from '#plane/egress';
import type { Egress } from '#plane/egress';
import type { Exports } from '#plane/exports';
import { accessViewOf, gatewaySettings, openGateway } from '#plane/gateway';
import type { Gateway, GatewaySettings, PreparedBundle } from '#plane/gateway';
import type { Keyring, Rewrapping } from '#plane/keys';
import { openLedger } from '#plane/ledger';
import type { Ledger, Log as LedgerLog } from '#plane/ledger';
import { operatorSettings, refuseUpgrade } from '#plane/operator';
import type { Operator } from '#plane/operator';
import { openSources, sourceSettings } from '#plane/sources';
import type { Sources } from '#plane/sources';
import type { Vaults } from '#plane/vault';
import {
  addVaultRoutes,
  audiencesOf,
  strippedAddress,
  vaultApiSettings,
  vaultDoor,
} from '#plane/vaultapi';
import type { DecisionDesk, VaultAccess, VaultRoom } from '#plane/vaultapi';
import type { VaultQueries } from '#plane/vaultquery';
import { openPlaneCollector } from './collector.ts';
import { clientCertificate } from './clientcertificate.ts';
import { CONTROL, openPlaneEgress, openPlaneProxy } from './egress.ts';
import { openPlaneExports } from './exports.ts';
import { openPlaneKeyring, openPlaneRewrapping, rollKeys } from './keyring.ts';
import { openKeyServices } from './keyservices.ts';
import { openPlaneLog } from './ledger.ts';
import { openPlaneOperator } from './operator.ts';
import { planeSettings } from './settings.ts';
import { openPlaneConnections, openPlaneDecisions } from './vault.ts';
import { openPlaneQueries, openPlaneVault } from './vault.ts';

export type Wanted = {
  readonly settings: Settings;
  readonly home: string;
  readonly version: string;
  readonly log: Log;
  readonly step: (text: string) => void;
  readonly onReload: (listener: () => void) => void;
};

export type Plane = {
  /** Of each door, as programs on this machine reach it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Lets running work finish, then closes everything, the last opened first. */
  close(): Promise<void>;
};

/** What every part of the plane stands on. */
type Ground = Wanted & {
  readonly plane: string;
  readonly directory: string;
  readonly pool: Pool;
  readonly registry: Registry;
  readonly health: Health;
  readonly opened: Opened;
  readonly watch: DoorWatch;
};

const MIGRATIONS = new URL('../../plane/migrations/', import.meta.url);

/** Brings the database up to date and opens the data plane; throws a `Problem` when it cannot, with everything closed. */
export async function openPlane(wanted: Wanted): Promise<Plane> {
  return openInOrder(async (opened) => ({
    addresses: await openParts(await prepareGround(wanted, opened)),
  }));
}

async function prepareGround(wanted: Wanted, opened: Opened): Promise<Ground> {
  const { log, step, home } = wanted;
  const settings = wanted.settings.of(planeSettings);
  const directory = settings.directory === '' ? join(home, 'plane') : settings.directory;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pool = openPool({
    url: settings.databaseUrl.reveal(),
    name: 'privet-plane',
    connectionsMax: settings.databaseConnectionsMax,
    onIdleError: (error) => log.warn('database connection lost', { error }),
  });
  opened.push(() => pool.end());
  await refuseExcessRights(pool);
  if (wanted.settings.of(operatorSettings).standing === 'none')
    await refuseUpgrade(pool, { version: wanted.version, nowMs: systemClock() });
  step('bringing the plane database up to date');
  const { applied } = await migrate(pool, MIGRATIONS);
  for (const migration of applied) log.info('migration applied', { migration });
  const health = createHealth();
  health.add('ready', 'database', () => checkDatabase(pool));
  const registry = createMetrics();
  const gauge = certificateGauge(registry);
  const { onReload } = wanted;
  return {
    ...wanted,
    plane: settings.name,
    directory,
    pool,
    registry,
    health,
    opened,
    watch: { clock: systemClock, log, health, gauge, onReload },
  };
}

async function openParts(ground: Ground): Promise<Plane['addresses']> {
  const ledger = await openPlaneLedger(ground);
  const egress = await openPlaneEgress(ground, ledger);
  const keyServices = await openKeyServices(ground, egress);
  const ledgerLog = await openPlaneLog(ground, { ledger, egress }, keyServices);
  const exports = openPlaneExports(ground, { ledger, log: ledgerLog, egress });
  const keyring = openPlaneKeyring(ground, { ledger, log: ledgerLog, keyServices });
  const rewrapping = await openPlaneRewrapping(ground, keyring);
  const operator = await openPlaneOperator(ground, { ledger, log: ledgerLog, keyring });
  const doors: Doors = { gateway: null };
  const border = await openPlaneBorder(ground, { ledger, egress, keyring, doors, operator });
  const sources = openPlaneSources(ground, { ledger, egress, keyring, border });
  const vaults = await openPlaneVault(ground, { ledger, egress, keyring, border });
  const queries = openPlaneQueries(ground, vaults);
  const connections = openPlaneConnections(ground, { ledger, egress, keyring });
  const logged = { ledger, log: ledgerLog, egress, exports, operator };
  const below = { ...logged, keyring, rewrapping, border, sources };
  const decisions = openPlaneDecisions(ground, border);
  const found = { ...below, vaults, queries, connections, decisions };
  const parts = { ...found, collector: await openPlaneCollector(ground, found) };
  rollKeys(ground, keyring);
  border.start();
  exports.start();
  sources.start();
  await parts.collector.start();
  doors.gateway = await openPlaneGateway(ground, parts);
  const proxy = await openPlaneProxy(ground, egress, (door) => {
    const { tlsCertificateFile: chainFile, tlsKeyFile: keyFile } =
      ground.settings.of(planeSettings);
    return held(ground, door, { chainFile, keyFile });
  });
  const gateway =
    doors.gateway === null
      ? {}
      : { gateway: `${doors.gateway.address.host}:${doors.gateway.address.port}` };
  return { api: await openApi(ground, parts), ...gateway, ...(proxy === null ? {} : { proxy }) };
}

/** Opened after the border that counts what goes through them. */
type Doors = { gateway: Gateway | null };

type Parts = {
  readonly ledger: Ledger;
  readonly log: LedgerLog;
  readonly egress: Egress;
  readonly exports: Exports;
  readonly keyring: Keyring;
  readonly rewrapping: Rewrapping;
  readonly border: Border<PreparedBundle>;
  readonly sources: Sources;
  readonly vaults: Vaults;
  readonly queries: VaultQueries;
  readonly connections: Connections;
  readonly decisions: DecisionDesk;
  readonly collector: Collector;
  readonly operator: Operator;
};

function openPlaneSources(
  ground: Ground,
  { ledger, egress, keyring, border }: Pick<Parts, 'ledger' | 'egress' | 'keyring' | 'border'>,
): Sources {
  const { pool, log, opened } = ground;
  const sources = openSources({
    pool,
    ledger,
    border,
    egress,
    sealer: keyring,
    clock: systemClock,
    random: systemRandom,
    refreshSeconds: ground.settings.of(sourceSettings).refreshSeconds,
    onFault: (error, system) => log.warn('source system fault', { system, error }),
  });
  opened.push(() => sources.stop());
  return sources;
}

/** None for a plane that only collects, or only keeps a vault: then nothing can be queried through it. */
async function openPlaneGateway(ground: Ground, parts: Parts): Promise<Gateway | null> {
  const { ledger, egress, keyring, border, sources, operator } = parts;
  const { log, registry, opened } = ground;
  const settings = ground.settings.of(gatewaySettings);
  if (settings.listen === '') return null;
  const certificate = gatewayCertificate(ground, settings);
  endpointFrom(settings.listen, 'gateway.listen');
  const gateway = await openGateway({
    settings,
    certificate: certificate === null ? null : gatewayPem(certificate.current()),
    ports: {
      access: () => {
        const state = border.current();
        return state.kind === 'none' ? null : state.prepared;
      },
      sources,
      vaults: vaultDoor({ ...parts, access: () => vaultAccess(border), clock: systemClock }),
      connect: ({ host, port }) => egress.connect({ ...SOURCES, host, port }),
      maskKey: async (scope) => (await keyring.use(scope)).maskKey,
      record: async (leaf, urgency) => {
        await ledger.write(leaf, urgency);
      },
      tell: (fact) => border.tell(fact),
      onHidden: (hidden) => operator.quarantine.keep({ channel: 'gateway', ...hidden }),
      clock: systemClock,
      random: systemRandom,
      log,
      metrics: registry,
    },
  });
  certificate?.onChange((renewed) => gateway.useCertificate(gatewayPem(renewed)));
  opened.push(() => gateway.close());
  return gateway;
}

/** None where none is named: the gateway then decides whether plain connections will do. */
function gatewayCertificate(
  ground: Ground,
  { tlsCertificateFile: chainFile, tlsKeyFile: keyFile }: GatewaySettings,
): HeldCertificate | null {
  if (chainFile === '' && keyFile === '') return null;
  return held(ground, 'gateway', { chainFile, keyFile });
}

/** The certificate of a door, taken anew when its files change, until the plane closes. */
function held(
  { watch, opened }: Ground,
  door: string,
  files: { readonly chainFile: string; readonly keyFile: string },
): HeldCertificate {
  const certificate = doorCertificate(watch, door, files);
  opened.push(() => certificate.close());
  return certificate;
}

function gatewayPem({ chainPem, keyPem }: ServerCertificate) {
  return { certificate: chainPem, key: keyPem.reveal() };
}

/** Opens the ledger, in which the first leaf of a process is that it started, and the last that it stopped. */
async function openPlaneLedger(ground: Ground): Promise<Ledger> {
  const { pool, plane, directory, version, log, opened } = ground;
  const ledger = await openLedger({
    pool,
    plane,
    clock: systemClock,
    headFile: join(directory, 'ledger-head'),
    onFault: (error) => log.error('ledger fault', { error }),
  });
  opened.push(() => ledger.close());
  const actor = { kind: 'plane' } as const;
  await ledger.write({ kind: 'plane-started', actor, version });
  opened.push(async () => {
    try {
      await ledger.write({ kind: 'plane-stopped', actor, version });
    } catch (error) {
      log.warn('the ledger does not know that the plane stops', { error });
    }
  });
  return ledger;
}

async function openPlaneBorder(
  ground: Ground,
  {
    ledger,
    egress,
    keyring,
    doors,
    operator,
  }: Pick<Parts, 'ledger' | 'egress' | 'keyring' | 'operator'> & { readonly doors: Doors },
): Promise<Border<PreparedBundle>> {
  const { pool, plane, directory, log, health, opened } = ground;
  const settings = ground.settings.of(planeSettings);
  const border = await openBorder<PreparedBundle>({
    pool,
    ledger,
    plane,
    clock: systemClock,
    jitter: Math.random,
    control: settings.controlMode === 'pull' ? null : await controlOf(ground, egress),
    verify: verifierOf(readControlKeys(settings.controlKeysFile)),
    // named as it was before it was sealed, so that a plain one does not stay behind
    cacheFile: join(directory, 'bundle.json'),
    sealer: keyring,
    prepare: (bundle) => accessViewOf(bundle),
    connections: () => doors.gateway?.connections() ?? 0,
    onFault: (error) => log.warn('border fault', { error }),
    onRefused: (refused) => operator.quarantine.keep({ channel: 'border-fact', ...refused }),
  });
  opened.push(() => border.stop());
  health.add('ready', 'bundle', () => checkBundle(border));
  return border;
}

/** How control is called. */
async function controlOf({ settings, directory, plane }: Ground, egress: Egress) {
  const { controlUrl: origin, controlAuthorityFile, token } = settings.of(planeSettings);
  if (token === null) {
    throw new Problem('invalid', '`plane.token` expected what enrolment gave, got nothing', {
      hint: 'set PRIVET_PLANE_TOKEN_FILE, or `plane.controlMode: pull` for a plane that control asks',
    });
  }
  const authority =
    controlAuthorityFile === ''
      ? {}
      : { ca: readText(controlAuthorityFile, 'plane.controlAuthorityFile') };
  const tls = { ...(await clientCertificate(directory, plane)), ...authority };
  const wish = { ...CONTROL, responseBytesMax: RESPONSE_BYTES_MAX, tls };
  return { origin, token, dispatcher: egressDispatcher(egress, wish) };
}

const publicKeysSchema = z.array(z.object({ kid: z.string(), publicKey: z.string() })).min(1);

/** The keys bundles must be signed with, taken over at enrolment; the bundle itself can not bring its own. */
function readControlKeys(path: string): readonly PublicKey[] {
  const text = readText(path, 'plane.controlKeysFile');
  const parsed = publicKeysSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Problem(
    'invalid',
    `\`plane.controlKeysFile\` expected a list of keys, got something else`,
    {
      hint: 'it is the file `signing-keys.json` in the directory of the control plane',
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `\`${name}\` names \`${path}\`, which cannot be read`, { cause });
  }
}

async function openApi(ground: Ground, parts: Parts): Promise<string> {
  const { settings, plane, version, log, registry, health, opened } = ground;
  const {
    listen: where,
    tlsCertificateFile,
    tlsKeyFile,
    requestsPerMinuteMax,
    metricsToken,
    hstsSeconds,
    redirectListen,
  } = settings.of(planeSettings);
  const at = endpointFrom(where, 'plane.listen');
  const certificate = held(ground, 'api', {
    chainFile: tlsCertificateFile,
    keyFile: tlsKeyFile,
  });
  const server = await createHttpServer({
    title: 'Privet data plane',
    version,
    certificate: certificate.current(),
    hstsSeconds,
    requestId: () => systemId('req'),
    requestsPerMinuteMax,
    onAnswered: recordAnswers(log, registry),
    rewriteUrl: strippedAddress,
  });
  await addVaultRoutes(server, vaultRoom(ground, parts));
  addPlaneRoutes(server, {
    ...parts,
    plane,
    clock: systemClock,
    ownRole: () => roleReport(ground.pool),
  });
  addOperations(server, {
    report: (kind) => health.report(kind),
    metrics: () => registry.metrics(),
    metricsToken,
  });
  certificate.onChange((renewed) => renewCertificate(server, { certificate: renewed }));
  opened.push(() => closeServer(server));
  const port = await listen(server, at);
  if (redirectListen !== '') {
    const place = endpointFrom(redirectListen, 'plane.redirectListen');
    const redirect = await openRedirect({
      at: place,
      port,
      certificate: () => certificate.current(),
    });
    opened.push(() => redirect.close());
  }
  log.info('listening', { address: at.host, port });
  return localAddress(at.host, port);
}

/** What decides about vaults now; null while nothing may be decided. */
function vaultAccess(border: Border<PreparedBundle>): VaultAccess | null {
  const state = border.current();
  if (state.kind !== 'fresh') return null;
  const { bundle, prepared } = state;
  return { bundle, decideVault: (request) => prepared.decideVault(request) };
}

/** What the vault's API works with. */
function vaultRoom({ settings, plane, pool }: Ground, parts: Parts): VaultRoom {
  const { listen: where } = settings.of(planeSettings);
  const { host, port } = endpointFrom(where, 'plane.listen');
  const { addresses, streamWaitSeconds } = settings.of(vaultApiSettings);
  return {
    ...parts,
    plane,
    pool,
    access: () => vaultAccess(parts.border),
    clock: systemClock,
    random: systemRandom,
    addresses,
    streamWaitSeconds,
    onRejected: (rejected) => parts.operator.quarantine.keep({ channel: 'vault', ...rejected }),
    audiences: audiencesOf([...addresses, localAddress(host, port), `https://localhost:${port}`]),
  };
}

function checkBundle(border: Border<PreparedBundle>): void {
  const { kind } = border.current();
  if (kind === 'fresh') return;
  throw new Problem(
    'unavailable',
    kind === 'none' ? 'no bundle has come from control yet' : 'the bundle is too old',
    {
      hint: 'until control sends one, everything is denied',
    },
  );
}
