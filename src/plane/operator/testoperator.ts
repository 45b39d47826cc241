import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Id } from '#base/ids';
import { migrate, openPool, statement } from '#platform/db';
import type { Pool } from '#platform/db';
import { openLocalBlobs } from '#platform/blob';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestDatabase } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import { openKeyring } from '#plane/keys';
import { openLedger, openLog } from '#plane/ledger';
import type { Ledger, Log } from '#plane/ledger';
import type { Sealer } from '#plane/sources';
import { openOperator } from './operator.ts';
import type { Operator, OperatorSettings } from './operator.ts';
import type { Party } from './grantleaf.ts';
import type { Wish } from './wish.ts';

/** A plane of its own database, with everything that grants stand on; clocks are the test's. */
export type OperatorSetup = {
  readonly database: TestDatabase;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly sealer: Sealer;
  /** Where the log lies. */
  readonly directory: string;
  readonly time: { wallMs: number; steadyMs: number };
  /** One more of it on the same database, as another process, or the same one started again, has. */
  readonly another: (more?: Partial<OperatorSettings>) => Promise<Operator>;
};

export type TestOperators = {
  setUp(): Promise<OperatorSetup>;
  stop(): Promise<void>;
};

const PLANE = 'main';
/** What the queue puts beside our own tables when it is opened; a view tells of it. */
const QUEUE = statement(import.meta.url, '../../platform/queue/sql/install.sql');
export const NOW_MS = 1_800_000_000_000;
const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));

function party(letter: string, ...permissions: Party['permissions']): Party {
  const id: Id<'sub'> = `sub_${letter.repeat(26)}`;
  const standing: Party['standing'] = (wanted) => everybody().find((one) => one.id === wanted);
  return { id, kind: 'person', permissions, session: 'req_1', standing };
}

/** Who is known, with what the bundle says of them. */
const everybody = () => [OLGA, OTTO, GITA, DORA, ALAN];

/** An operator, another one, and three people of the customer. */
export const OLGA = party('0', 'operator');
export const OTTO = party('1', 'operator', 'governor');
export const GITA = party('2', 'governor');
export const DORA = party('3', 'data-owner');
export const ALAN = party('4', 'auditor');

/** What an operator asks for in tests, unless they say otherwise. */
export const wish = (changes: Partial<Wish> = {}): Wish => ({
  capability: 'break-glass',
  reason: 'incident-response',
  ticket: 'OPS-18',
  scope: ['collector'],
  rowsMax: 5,
  minutes: 60,
  emergency: false,
  ...changes,
});

/** The id of a grant of the operator's that both approvers agreed to. */
export async function inForce(
  { grants }: Pick<Operator, 'grants'>,
  changes: Partial<Wish> = {},
): Promise<string> {
  const { grant } = await grants.request(wish(changes), OLGA);
  for (let i = 0; i < grant.approvalsNeeded; i++)
    await grants.decide(grant.id, 'approve', [GITA, DORA][i] ?? GITA);
  return grant.id;
}

type Parts = Pick<OperatorSettings, 'pool' | 'plane' | 'ledger' | 'log' | 'sealer' | 'clock'>;

/** The access of operators over parts that are there already. */
function openTestOperator(parts: Parts & Partial<OperatorSettings>): Promise<Operator> {
  return openOperator({
    steady: () => 0,
    random,
    breakGlassApprovals: 2,
    emergency: false,
    operations: ['rollKeys'],
    standing: true,
    quarantine: { bytesMax: 100_000, keepDays: 30 },
    databaseUrl: null,
    outputDays: 365,
    onFault: () => undefined,
    ...parts,
  });
}

export async function startTestOperators(): Promise<TestOperators> {
  const cluster = await startTestCluster();
  const directory = await mkdtemp(join(tmpdir(), 'privet-operator-'));
  const closing: (() => Promise<unknown>)[] = [];
  let setups = 0;
  return {
    async setUp() {
      const place = join(directory, String(setups++));
      const database = await cluster.createDatabase();
      await migrate(database.pool, new URL('../migrations/', import.meta.url));
      await database.pool.query(QUEUE);
      const time = { wallMs: NOW_MS, steadyMs: 0 };
      const clock = () => time.wallMs;
      const { pool } = database;
      const { provider } = await openFileProvider({ path: `${place}.key`, create: true });
      const ledger = await openLedger({ pool, plane: PLANE, clock, headFile: `${place}.head` });
      const log = await openLog({
        pool,
        plane: PLANE,
        clock,
        blobs: await openLocalBlobs(place),
        keyService: provider,
        origin: 'privet.local/plane-1',
        witnesses: { logs: [], witnesses: [], groups: [], quorum: null },
        askWitness: () => Promise.reject(new Error('nobody is there')),
      });
      const keyring = openKeyring({
        pool,
        provider,
        plane: PLANE,
        record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
        covered: (index) => log.covered(index),
      });
      closing.unshift(
        async () => keyring.close(),
        () => log.close(),
        () => ledger.close(),
      );
      const another = async (more: Partial<OperatorSettings> = {}): Promise<Operator> => {
        const own: Pool = openPool({ url: database.url, name: 'operator-test', connectionsMax: 4 });
        const parts = { pool: own, plane: PLANE, ledger, log, sealer: keyring, clock };
        const steady = () => time.steadyMs;
        closing.unshift(() => own.end());
        const operator = await openTestOperator({ ...parts, steady, ...more });
        closing.unshift(() => operator.close());
        return operator;
      };
      return { database, ledger, log, sealer: keyring, directory: place, time, another };
    },
    async stop() {
      for (const close of closing) await close();
      await cluster.stop();
      await rm(directory, { recursive: true });
    },
  };
}
