import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { QueryResult } from 'pg';
import { manualClock } from '#base/clock';
import type { ManualClock } from '#base/clock';
import type { Json } from '#base/canonical';
import { openKeyring } from '#plane/keys';
import type { Keyring } from '#plane/keys';
import { openLedger } from '#plane/ledger';
import type { Ledger, StoredLeaf } from '#plane/ledger';
import { openLocalBlobs } from '#platform/blob';
import type { BlobStore } from '#platform/blob';
import { migrate } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster, TestDatabase } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import { openVault } from './mod.ts';
import type {
  AskedRedaction,
  Redaction,
  Ruling,
  RulingOf,
  VaultCaller,
  VaultProposal,
  Vaults,
  VaultSchema,
  WriteOutcome,
  WriteRequest,
} from './mod.ts';

/** A plane's vault for tests: real database, real keys, real blobs. */
export type TestVault = {
  readonly vaults: Vaults;
  readonly database: TestDatabase;
  readonly clock: ManualClock;
  readonly keyring: Keyring;
  readonly ledger: Ledger;
  readonly blobs: BlobStore;
  readonly subjectKeys: BlobStore;
  readonly directory: string;
  /** Another process's vault over the same database. */
  readonly another: () => Vaults;
  readonly leaves: () => Promise<readonly StoredLeaf[]>;
  /** Reasons of the alarms that were raised, in order. */
  readonly alarms: () => Promise<readonly string[]>;
  readonly query: (text: string, values?: readonly unknown[]) => Promise<QueryResult>;
};

/** A test's vault, made of a proposal. */
export type MadeVault = TestVault & {
  readonly vault: VaultSchema;
  /** The id of a column of the first table. */
  readonly column: (name: string) => string;
};

export const CALLER: VaultCaller = { actor: { kind: 'plane' }, session: 'test', purpose: null };

/** A ruling that shows everything at most at that level. */
export function allow(redaction: Redaction = 'PLAIN_TEXT'): RulingOf {
  return () => ruling((): Redaction | null => redaction);
}

/** A ruling by column id. */
export function ruling(
  shows: (columnId: string, valueOf: (columnId: string) => Json) => Redaction | null,
): Ruling {
  return { id: 'dec_test0000', effect: 'allow', reads: [], shows };
}

export const WRITE_ALL = { insert: allow(), update: allow(), tokenize: allow() };
export const PLAIN: AskedRedaction = 'PLAIN_TEXT';

/** A cluster for the tests of a file: there before them, gone after them with all they opened. Gives how to open vaults. */
export function vaultStand(): {
  readonly open: () => Promise<TestVault>;
  readonly make: (proposal: VaultProposal) => Promise<MadeVault>;
} {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(async () => {
    await closeTestVaults();
    await cluster.stop();
  });
  return {
    open: () => openTestVault(cluster),
    async make(proposal) {
      const opened = await openTestVault(cluster);
      const vault = await opened.vaults.create(CALLER, proposal);
      const columns = vault.tables[0]?.columns ?? [];
      const column = (name: string) => columns.find((one) => one.name === name)?.id ?? '';
      return { ...opened, vault, column };
    },
  };
}

const closing: (() => Promise<void> | void)[] = [];

/** Everything opened by tests, closed; call it before the cluster stops. */
export async function closeTestVaults(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}

export async function openTestVault(cluster: TestCluster): Promise<TestVault> {
  const database = await cluster.createDatabase();
  await migrate(database.pool, new URL('../migrations/', import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), 'privet-vault-'));
  closing.push(() => rm(directory, { recursive: true }));
  const clock = manualClock(1_790_000_000_000);
  const { pool } = database;
  const plane = 'pln_example';
  const ledger = await openLedger({ pool, plane, clock, headFile: join(directory, 'head') });
  closing.push(() => ledger.close());
  const { provider } = await openFileProvider({ path: join(directory, 'key'), create: true });
  const newKeyring = () => {
    const keyring = openKeyring({
      pool,
      provider,
      plane,
      record: (leaf, tx) => (tx === null ? ledger.write(leaf) : ledger.append(tx, leaf)),
    });
    closing.push(() => keyring.close());
    return keyring;
  };
  const keyring = newKeyring();
  const blobs = await openLocalBlobs(join(directory, 'blobs'));
  const subjectKeys = await openLocalBlobs(join(directory, 'subject-keys'));
  const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes));
  const open = (keys: Keyring) => {
    const vaults = openVault({ pool, keyring: keys, ledger, blobs, subjectKeys, clock, random });
    closing.push(() => vaults.close());
    return vaults;
  };
  return {
    vaults: open(keyring),
    database,
    clock,
    keyring,
    ledger,
    blobs,
    subjectKeys,
    directory,
    another: () => open(newKeyring()),
    leaves: () => ledger.read({ from: 0, limit: 1_000 }),
    alarms: async () =>
      (await ledger.read({ from: 0, limit: 1_000 })).flatMap(({ leaf }) =>
        leaf.kind === 'vault-alarm' ? [leaf.reason] : [],
      ),
    query: (text, values = []) => pool.query(text, [...values]),
  };
}

export type WrittenRow = Extract<WriteOutcome, { kind: 'written' }>;

/** Inserts rows that must all be written. */
export async function insertRows(
  vaults: Vaults,
  vault: string,
  {
    table,
    rows,
    more = {},
  }: {
    readonly table: string;
    readonly rows: readonly Readonly<Record<string, Json>>[];
    readonly more?: Partial<WriteRequest>;
  },
): Promise<readonly WrittenRow[]> {
  const outcomes = await vaults.write({
    caller: CALLER,
    vault,
    rows: rows.map((fields) => ({ kind: 'insert', table, fields })),
    rulings: WRITE_ALL,
    ...more,
  });
  return outcomes.map((outcome) => {
    if (outcome.kind === 'failed') throw outcome.problem;
    return outcome;
  });
}

/** The first token of a column. */
export function tokenOf(row: WrittenRow | undefined, column: string): string {
  return row?.tokens.find((one) => one.column === column)?.token ?? '';
}

/** Content in pieces of that size. */
export async function* piecesOf(
  content: string | Uint8Array,
  sizeBytes = 64 * 1024,
): AsyncIterable<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    yield bytes.subarray(at, at + sizeBytes);
    await Promise.resolve();
  }
}

export async function textOfPieces(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString('utf8');
}
