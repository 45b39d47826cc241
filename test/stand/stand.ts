import { createHash, hkdfSync, pbkdf2Sync, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Client } from 'pg';
import type { Bundle, BundleSubject } from '#boundary';
import { maskKeyFrom } from '#engines/crypto';
import { parseDocuments } from '#engines/policy';
import type { Catalog } from '#engines/sql';
import { accessViewOf, openGateway } from '#plane/gateway';
import type { AccessView, Gateway, GatewayPorts, GatewaySettings } from '#plane/gateway';
import type { LeafBody } from '#plane/ledger';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestClusterOptions, TestDatabase } from '#platform/db/testcluster';
import { createMetrics, silentLog } from '#platform/telemetry';
import { readCatalog } from '../../src/plane/gateway/testgateway.ts';
import { type Door, openWire, type Wire } from './wire.ts';

/**
 * The gateway as it runs in production, before real databases and under real policy documents, without the control plane
 * and the keyring: the suites that attack it want thousands of fresh connections and policies of their own.
 */
export type Stand = {
  readonly gateway: Gateway;
  readonly cluster: TestCluster;
  readonly leaves: readonly LeafBody[];
  /** A connection through the gateway, as that person. */
  through(person: string, system: string): Promise<Wire>;
  /** A connection past the gateway, as the owner of everything. */
  direct(system: string): Promise<Wire>;
  readonly password: string;
  /** How to reach a database past the gateway. */
  door(system: string): Door;
  /** One more gateway before the same databases, with a ledger of its own if wanted; `stop` closes it. */
  another(settings: Partial<GatewaySettings>, record?: GatewayPorts['record']): Promise<Gateway>;
  stop(): Promise<void>;
};

export type StandOptions = {
  readonly mode: 'splice' | 'hardened';
  /** Databases to make and govern: name → SQL that fills it, or what does. */
  readonly systems: Readonly<Record<string, string | Fill>>;
  /** Policy documents, as text. */
  readonly policy: string;
  /** People: name → attributes. */
  readonly people: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Columns by `system.schema.table.column` → tags. */
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly settings?: Partial<GatewaySettings>;
  /** PEM texts; without it the gateway speaks plain TCP on loopback. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** Of the cluster; with `tcp` the databases are reached over it, with a password, as most are. */
  readonly cluster?: TestClusterOptions;
  /** Where leaves go instead of into `leaves`. */
  readonly record?: (cluster: TestCluster) => Promise<GatewayPorts['record']>;
  /** Where log lines go instead of nowhere. */
  readonly log?: GatewayPorts['log'];
};

const SETTINGS: GatewaySettings = {
  listen: '127.0.0.1:0',
  tlsCertificateFile: '',
  tlsKeyFile: '',
  plaintext: 'loopback',
  connectionsMax: 200,
  connectionsPerSubjectMax: 200,
  loginSecondsMax: 10,
  idleSecondsMax: 600,
  statementSecondsMax: 60,
  messageBytesMax: 16 * 1024 * 1024,
  statementBytesMax: 256 * 1024,
  statementsPerSessionMax: 1_000,
  portalsPerSessionMax: 100,
  planCacheBytesMax: 16 * 1024 * 1024,
  planMillisecondsMax: 5_000,
  writes: 'refuse',
  ledgerWait: 'governed',
};

/** Fills a database, given the connection string of its owner. */
export type Fill = (url: string) => Promise<void>;

type System = { readonly database: TestDatabase; readonly catalog: Catalog };

export async function openStand(options: StandOptions): Promise<Stand> {
  const cluster = await startTestCluster(options.cluster);
  const systems = new Map<string, System>();
  for (const [name, filling] of Object.entries(options.systems)) {
    const database = await cluster.createDatabase();
    if (typeof filling === 'string') await database.pool.query(filling);
    else await filling(database.url);
    await database.pool.query('create schema if not exists privet_policy');
    systems.set(name, { database, catalog: await readCatalog(database) });
  }
  const password = randomBytes(12).toString('base64url');
  const leaves: LeafBody[] = [];
  const view = accessViewOf(bundleOf(options, systems, password));
  const door = await doorsOf(cluster, options.cluster?.tcp === true ? password : null);
  const direct = (system: string) => door(systems.get(system)?.database.name ?? '');
  const record =
    (await options.record?.(cluster)) ?? ((leaf) => Promise.resolve(void leaves.push(leaf)));
  const { mode, log = silentLog() } = options;
  const ports = portsOf(mode, { direct, systems, view, record, log });
  const open: Stand['another'] = (settings, own = record) =>
    openGateway({
      settings: { ...SETTINGS, ...options.settings, ...settings },
      ports: { ...ports, record: own, metrics: createMetrics() },
      certificate: options.certificate ?? null,
    });
  const gateways = [await open({})];
  const gateway = gateways[0] as Gateway;
  const through = (user: string, database: string) => ({
    ...gateway.address,
    user,
    password,
    database,
    ca: options.certificate?.certificate ?? null,
  });
  return {
    gateway,
    cluster,
    leaves,
    password,
    through: (user, system) => openWire(through(user, system)),
    direct: (system) => openWire(direct(system)),
    door: direct,
    another: async (settings, own) => {
      const opened = await open(settings, own);
      gateways.push(opened);
      return opened;
    },
    stop: async () => {
      for (const opened of gateways) await opened.close();
      await cluster.stop();
    },
  };
}

/** Ways to a database of the cluster as its owner; over TCP where there is a password for it. */
async function doorsOf(
  cluster: TestCluster,
  password: string | null,
): Promise<(database: string) => Door> {
  const { socketDirectory, port, superuser: user } = cluster;
  if (password !== null) {
    const client = new Client({ connectionString: cluster.url() });
    await client.connect();
    await client.query(`alter role ${user} password '${password}'`);
    await client.end();
  }
  const host = password === null ? socketDirectory : '127.0.0.1';
  return (database) => ({ host, port, user, password: password ?? '', database, ca: null });
}

type Stage = {
  readonly direct: (system: string) => Door;
  readonly systems: ReadonlyMap<string, System>;
  readonly view: AccessView;
  readonly record: GatewayPorts['record'];
  readonly log: GatewayPorts['log'];
};

function portsOf(mode: StandOptions['mode'], stage: Stage): Omit<GatewayPorts, 'metrics'> {
  const { direct, systems, view, record, log } = stage;
  return {
    access: () => view,
    sources: {
      system: async (name) => {
        const system = systems.get(name);
        return system && { id: `sys_${fill(name)}`, name, mode, catalog: system.catalog };
      },
      address: async (name) => {
        const { password, ...door } = direct(name);
        return {
          ...door,
          password: password === '' ? null : { reveal: () => password },
          tls: 'disable',
          certificateAuthorities: null,
        };
      },
      install: (name, barriers) => install(systems.get(name)?.database, barriers),
    },
    vaults: {
      answerBytesMax: 1024,
      find: () => Promise.resolve(undefined),
      plan: () => Promise.resolve([]),
    },
    connect: connectDirectly,
    maskKey: async (scope) =>
      maskKeyFrom(Buffer.from(hkdfSync('sha256', 'stand', '', scope, 32)), 1),
    record,
    tell: () => {},
    clock: Date.now,
    random: (size) => randomBytes(size),
    log,
  };
}

async function install(
  database: TestDatabase | undefined,
  barriers: Parameters<GatewayPorts['sources']['install']>[1],
): Promise<ReadonlyMap<string, number>> {
  const oids = new Map<string, number>();
  for (const barrier of barriers) {
    const find = async () => {
      const sql = `SELECT to_regclass('privet_policy.${barrier.name}')::oid::int AS oid`;
      return (await database?.pool.query<{ oid: number | null }>(sql))?.rows[0]?.oid ?? null;
    };
    if ((await find()) === null) await database?.pool.query(barrier.create);
    oids.set(barrier.name, (await find()) ?? 0);
  }
  return oids;
}

function bundleOf(
  options: StandOptions,
  systems: ReadonlyMap<string, System>,
  password: string,
): Bundle {
  const reading = parseDocuments(options.policy);
  for (const problem of reading.problems) throw problem;
  return {
    format: 'privet-bundle/v1',
    plane: `pln_${fill('stand')}`,
    serial: 1,
    issuedAtMs: Date.now(),
    expiresAtMs: Date.now() + 3_600_000,
    subjects: Object.entries(options.people).map(([name, attributes]) =>
      subjectOf(name, attributes, scramOf(password)),
    ),
    policies: reading.documents.map((authored) => authored.json),
    projects: [],
    purposes: [],
    sources: [...systems].flatMap(([name, system]) => sourcesOf(name, system, options.tags ?? {})),
    roles: [],
    accounts: [],
    identityKeys: [],
    acts: [],
  };
}

function subjectOf(
  name: string,
  attributes: BundleSubject['attributes'],
  scram: BundleSubject['scram'],
): BundleSubject {
  return {
    id: `sub_${fill(name)}`,
    name,
    kind: 'person',
    state: 'active',
    groups: [],
    attributes,
    permissions: [],
    scram,
    tokens: [],
  };
}

function sourcesOf(
  system: string,
  { catalog }: System,
  tags: Readonly<Record<string, readonly string[]>>,
): Bundle['sources'] {
  const tag = (name: string) => ({ name, by: { kind: 'person' as const, name: 'stand' } });
  return catalog.relations.map((relation) => ({
    id: `src_${fill(`${system}.${relation.schema}.${relation.name}`)}`,
    system,
    schema: relation.schema,
    name: relation.name,
    state: 'active',
    tags: [],
    description: '',
    owners: [],
    columns: relation.columns.map((column) => ({
      name: column.name,
      type: column.type,
      description: '',
      tags: (tags[`${system}.${relation.schema}.${relation.name}.${column.name}`] ?? []).map(tag),
    })),
  }));
}

/** 26 digits that stand for a name; ids only need to be distinct here. */
function fill(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 26);
}

function scramOf(password: string): NonNullable<BundleSubject['scram']> {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4_096, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  return {
    salt: salt.toString('base64'),
    iterations: 4_096,
    storedKey: createHash('sha256').update(hmac('Client Key')).digest('base64'),
    serverKey: hmac('Server Key').toString('base64'),
  };
}

/** These tests are about the gateway; plane/egress has its own. */
async function connectDirectly({ host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = host.startsWith('/')
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port });
  await once(socket, 'connect');
  return socket;
}
