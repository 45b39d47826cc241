import { createHash, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { FactBody } from '#boundary';
import { maskKeyFrom } from '#engines/crypto';
import type { ScramVerifier } from '#engines/pgwire';
import type { Decision, Show } from '#engines/policy';
import type { Catalog, Relation, StatementAction, StatementPlan } from '#engines/sql';
import type { LeafBody } from '#plane/ledger';
import { createMetrics, silentLog } from '#platform/telemetry';
import { startTestCluster, type TestCluster, type TestDatabase } from '#platform/db/testcluster';
import { openWith, type Gateway } from './gateway.ts';
import { scramHashes } from './hashes.ts';
import type { PlanThread } from './planning/planthread.ts';
import { startPlanThread } from './planning/planthread.ts';
import type { AccessView, GatewayPorts, GatewaySubject } from './port.ts';
import type { GatewaySettings } from './settings.ts';

/** For tests only: a gateway before a real PostgreSQL, with policy given by hand. */

export const PASSWORD = 'correct horse battery staple';

/** What a test says about one relation, by `schema.name`; columns not named are clear. */
export type TestRule = {
  readonly columns?: Readonly<Record<string, Show>>;
  readonly filter?: Decision['filter'];
};

export type TestGateway = {
  readonly gateway: Gateway;
  readonly cluster: TestCluster;
  readonly database: TestDatabase;
  readonly leaves: LeafBody[];
  readonly facts: FactBody[];
  /** Changes what subjects may see and raises the serial, as a new bundle does. */
  govern(rules: Readonly<Record<string, TestRule | null>>): void;
  /** Replaces subjects or moves the expiry. */
  change(
    parts: Partial<{ subjects: readonly GatewaySubject[]; expiresAtMs: number; serial: number }>,
  ): void;
  /** Reads the catalog again, after a test made tables. */
  refresh(): Promise<void>;
  url(user?: string, parameters?: string): string;
  stop(): Promise<void>;
};

export type TestGatewayOptions = {
  readonly planner?: 'real' | 'passthrough';
  readonly mode?: 'splice' | 'hardened';
  readonly settings?: Partial<GatewaySettings>;
  readonly certificate?: { certificate: string; key: string } | null;
  /** SQL that fills the database before the catalog is read. */
  readonly setup?: string;
  /** Gives the keys of masks instead of fixed ones. */
  readonly maskKey?: GatewayPorts['maskKey'];
  /** Vaults beside the database; none by default. */
  readonly vaults?: GatewayPorts['vaults'];
  readonly onHidden?: GatewayPorts['onHidden'];
};

export const testSettings: GatewaySettings = {
  listen: '127.0.0.1:0',
  tlsCertificateFile: '',
  tlsKeyFile: '',
  plaintext: 'loopback',
  connectionsMax: 150,
  connectionsPerSubjectMax: 150,
  loginSecondsMax: 5,
  idleSecondsMax: 600,
  statementSecondsMax: 60,
  messageBytesMax: 16 * 1024 * 1024,
  statementBytesMax: 256 * 1024,
  statementsPerSessionMax: 200,
  portalsPerSessionMax: 100,
  planCacheBytesMax: 8 * 1024 * 1024,
  planMillisecondsMax: 5_000,
  writes: 'refuse',
  ledgerWait: 'governed',
};

/** A SCRAM verifier of a password, as control makes it. */
export function verifierFor(password: string): ScramVerifier {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4_096, 32, 'sha256');
  const clientKey = scramHashes.hmac(salted, Buffer.from('Client Key'));
  return {
    salt,
    iterations: 4_096,
    storedKey: scramHashes.sha256(clientKey),
    serverKey: scramHashes.hmac(salted, Buffer.from('Server Key')),
  };
}

/** A person of the tests. */
export function person(name: string, password = PASSWORD): GatewaySubject {
  const suffix = createHash('sha256')
    .update(name)
    .digest('hex')
    .replaceAll(/[^0-9a-f]/gu, '')
    .slice(0, 26);
  return {
    id: `sub_${suffix}`,
    name,
    state: 'active',
    password: verifierFor(password),
    tokens: [],
  };
}

/** Starts database, gateway and policy; the person `ada` may log in. */
// oxlint-disable-next-line max-lines-per-function -- one closure holds the whole stage of a test
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const cluster = await startTestCluster();
  const database = await cluster.createDatabase();
  if (options.setup !== undefined) await database.pool.query(options.setup);
  const leaves: LeafBody[] = [];
  const facts: FactBody[] = [];
  let rules: Readonly<Record<string, TestRule | null>> = {};
  let catalog = await readCatalog(database);
  let state = {
    subjects: [person('ada')] as readonly GatewaySubject[],
    expiresAtMs: Date.now() + 3_600_000,
    serial: 1,
  };
  const system = {
    id: 'sys_00000000000000000000000000' as const,
    name: 'demo',
    mode: options.mode ?? 'splice',
  } as const;
  let current = { ...system, catalog };
  const view = (): AccessView => ({
    serial: state.serial,
    expiresAtMs: state.expiresAtMs,
    subject: (name) => state.subjects.find((subject) => subject.name === name),
    source: (_system, schema, name) =>
      rules[`${schema}.${name}`] === null ? undefined : sourceId(`${schema}.${name}`),
    project: (name) => (name === 'research' ? 'prj_00000000000000000000000000' : undefined),
    decide: (request) => decideBy(catalog, rules, request.source),
  });
  let held = view();
  const refreshView = (): void => {
    held = view();
  };
  const ports: GatewayPorts = {
    access: () => held,
    sources: {
      system: (name) => Promise.resolve(name === 'demo' ? current : undefined),
      address: () =>
        Promise.resolve({
          host: cluster.socketDirectory,
          port: cluster.port,
          database: database.name,
          user: cluster.superuser,
          password: null,
          tls: 'disable' as const,
          certificateAuthorities: null,
        }),
      install: async (_name, barriers) => {
        const oids = new Map<string, number>();
        for (const barrier of barriers) {
          await database.pool.query('CREATE SCHEMA IF NOT EXISTS privet_policy');
          await database.pool.query(barrier.create).catch((thrown: { code?: string }) => {
            if (thrown.code !== '42P07') throw thrown;
          });
          const found = await database.pool.query<{ oid: number }>(
            `SELECT 'privet_policy.${barrier.name}'::regclass::oid::int AS oid`,
          );
          oids.set(barrier.name, found.rows[0]?.oid ?? 0);
        }
        return oids;
      },
    },
    vaults: options.vaults ?? {
      answerBytesMax: 1024,
      find: () => Promise.resolve(undefined),
      plan: () => Promise.resolve([]),
    },
    connect: connectDirectly,
    maskKey:
      options.maskKey ??
      ((scope) =>
        Promise.resolve(maskKeyFrom(Buffer.from(hkdfSync('sha256', 'test', '', scope, 32)), 1))),
    record: async (leaf) => {
      leaves.push(leaf);
    },
    tell: (fact) => void facts.push(fact),
    ...(options.onHidden === undefined ? {} : { onHidden: options.onHidden }),
    clock: Date.now,
    random: (size) => randomBytes(size),
    log: silentLog(),
    metrics: createMetrics(),
  };
  const thread = options.planner === 'passthrough' ? passthrough() : startPlanThread(5_000);
  const gateway = await openWith(
    {
      settings: { ...testSettings, ...options.settings },
      ports,
      certificate: options.certificate ?? null,
    },
    thread,
  );
  return {
    gateway,
    cluster,
    database,
    leaves,
    facts,
    govern: (next) => {
      rules = next;
      state = { ...state, serial: state.serial + 1 };
      refreshView();
    },
    change: (parts) => {
      state = { ...state, ...parts };
      refreshView();
    },
    refresh: async () => {
      catalog = await readCatalog(database);
      current = { ...system, catalog };
      refreshView();
    },
    url: (user = 'ada', parameters = '') =>
      `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${gateway.address.port}/demo${parameters}`,
    stop: async () => {
      await gateway.close();
      await cluster.stop();
    },
  };
}

function sourceId(name: string): `src_${string}` {
  return `src_${createHash('sha256').update(name).digest('hex').slice(0, 26)}`;
}

function decideBy(
  catalog: Catalog,
  rules: Readonly<Record<string, TestRule | null>>,
  source: string,
): Decision {
  const relation = catalog.relations.find((r) => sourceId(`${r.schema}.${r.name}`) === source);
  const rule = rules[`${relation?.schema}.${relation?.name}`] ?? {};
  const columns = (relation?.columns ?? []).map(({ name }) => ({
    name,
    show: rule.columns?.[name] ?? { kind: 'clear' as const },
  }));
  const filter = rule.filter ?? null;
  const audience = createHash('sha256')
    .update(JSON.stringify([source, columns, filter]))
    .digest('hex');
  return {
    id: `dec_${audience.slice(0, 40)}`,
    effect: 'allow',
    columns,
    filter,
    audience,
    obligations: [],
    reasons: [],
  };
}

const CATALOG = `
SELECT c.oid::int AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  coalesce((SELECT json_agg(json_build_object('name', a.attname, 'attnum', a.attnum,
     'type', format_type(a.atttypid, a.atttypmod), 'typeOid', a.atttypid::int, 'notNull', a.attnotnull,
     'deterministic', coalesce((SELECT l.collisdeterministic FROM pg_collation l WHERE l.oid = a.attcollation), true))
     ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
  coalesce((SELECT json_agg(i.inhparent::int) FROM pg_inherits i WHERE i.inhrelid = c.oid), '[]') AS parents,
  coalesce((SELECT json_agg(a.attname) FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid
     AND a.attnum = ANY (x.indkey) WHERE x.indrelid = c.oid AND x.indisprimary), '[]') AS "primaryKey"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'privet_policy')
  AND n.nspname !~ '^pg_temp'`;

const KINDS = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
} as const;

export async function readCatalog(database: TestDatabase): Promise<Catalog> {
  const found = await database.pool.query<
    Omit<Relation, 'kind' | 'comment'> & { kind: keyof typeof KINDS }
  >(CATALOG);
  const relations = found.rows.map((row) => ({ ...row, kind: KINDS[row.kind], comment: '' }));
  const version = await database.pool.query<{ v: number }>(
    "SELECT current_setting('server_version_num')::int AS v",
  );
  const digest = createHash('sha256').update(JSON.stringify(relations)).digest('hex');
  return { digest, serverVersion: version.rows[0]?.v ?? 0, relations, types: [], functions: [] };
}

/** A planner that knows no policy: every statement goes up as it came. For tests of the protocol alone. */
function passthrough(): PlanThread {
  return {
    plan: (ask) =>
      Promise.resolve({
        id: 0,
        consulted: [],
        result: {
          kind: 'plan',
          statements: ask.text
            .split(';')
            .map((text) => text.trim())
            .filter(Boolean)
            .map(planOf),
        },
      }),
    replaced: () => 0,
    close: () => Promise.resolve(),
  };
}

function planOf(text: string): StatementPlan {
  return {
    ...actionOf(text),
    answer: 'upstream',
    text,
    output: [],
    guards: [],
    barriers: [],
    relations: [],
    governed: false,
    sets: [],
    fingerprint: createHash('sha256').update(text).digest('hex').slice(0, 16),
    normalized: 'x',
    parameters: 0,
  };
}

function actionOf(text: string): StatementAction {
  const word = text.split(/\s/u)[0]?.toLowerCase() ?? '';
  const act = (['begin', 'commit', 'rollback'] as const).find((known) => known === word);
  if (act !== undefined)
    return { kind: 'transaction', act, name: null, chain: false, readOnly: false };
  if (word === 'copy') {
    const copy = {
      format: 'text',
      delimiter: '\t',
      null: '\\N',
      header: false,
      quote: '"',
      escape: '"',
      forceQuote: [],
    } as const;
    return { kind: 'copy-out', copy };
  }
  return { kind: 'query' };
}

/** A self-signed certificate for `localhost` in PEM. */
export async function selfSigned(): Promise<{ certificate: string; key: string }> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=localhost',
    keys,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}

/** These tests are about the gateway; plane/egress has its own. */
async function connectDirectly({ host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = host.startsWith('/')
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port });
  await once(socket, 'connect');
  return socket;
}
