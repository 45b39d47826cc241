import { hex } from '#base/bytes';
import { statement, transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { VaultPorts } from '../ports.ts';
import type { VaultSchema } from '../schema/schema.ts';
import { createSubjectPages, PAGE_KEYS } from './subjectpages.ts';
import type { SubjectPages } from './subjectpages.ts';

const FIND = statement(import.meta.url, '../sql/subjectfind.sql');
const PAGE = statement(import.meta.url, '../sql/subjectpage.sql');
const PAGE_INSERT = statement(import.meta.url, '../sql/subjectpageinsert.sql');
const PAGE_USED = statement(import.meta.url, '../sql/subjectpageused.sql');
const PAGE_LOCK = statement(import.meta.url, '../sql/subjectpagelock.sql');
const PAGE_DELETE = statement(import.meta.url, '../sql/subjectpagedelete.sql');
const DELETE_ALL = statement(import.meta.url, '../sql/subjectdeleteall.sql');
const INSERT = statement(import.meta.url, '../sql/subjectinsert.sql');

export type SubjectState = 'kept' | 'forgetting' | 'forgotten';
export type Subject = { readonly number: bigint; readonly state: SubjectState };

/** Data subjects and their keys: destroying one is overwriting it in the key store, where no backup of the database is. */
export type SubjectKeys = {
  /** The subjects of these digests, made where they are new, by the digest's hex. */
  ensure(vault: VaultSchema, digests: readonly Uint8Array[]): Promise<ReadonlyMap<string, Subject>>;
  /** Those of them that are there, by the digest's hex; makes none. */
  find(vault: VaultSchema, digests: readonly Uint8Array[]): Promise<ReadonlyMap<string, Subject>>;
  /** The keys of subjects; null for one that was destroyed. The caller owns the copies. */
  keysOf(
    vault: VaultSchema,
    numbers: Iterable<bigint>,
  ): Promise<ReadonlyMap<bigint, Uint8Array | null>>;
  /** Destroys a key for good; durable when it resolves. The transaction holds the page until it ends. */
  destroy(tx: Transaction, vault: VaultSchema, number: bigint): Promise<void>;
  /** Destroys every key of a vault and forgets who they were of. The transaction keeps others from registering. */
  destroyAll(tx: Transaction, vault: VaultSchema): Promise<void>;
  /** Zeroes what is in memory. */
  close(): void;
};

export function createSubjectKeys(ports: VaultPorts): SubjectKeys {
  const { pool } = ports;
  const pages = createSubjectPages(ports);
  return {
    async ensure(vault, digests) {
      const byName = new Map(digests.map((digest) => [hex(digest), digest]));
      const names = [...byName.keys()].toSorted();
      for (;;) {
        const found = await findSubjects(pool, vault, [...byName.values()]);
        const missing = names.filter((name) => !found.has(name));
        if (missing.length === 0) return found;
        const fresh = missing.flatMap((name) => byName.get(name) ?? []);
        await transaction(pool, (tx) => register(tx, pages, { vault, digests: fresh }));
      }
    },
    find: (vault, digests) => findSubjects(pool, vault, digests),
    async keysOf(vault, numbers) {
      const keys = new Map<bigint, Uint8Array | null>();
      for (const number of numbers) {
        if (keys.has(number)) continue;
        const { page, place } = placeOf(number);
        keys.set(number, await pages.key(vault, page, place));
      }
      return keys;
    },
    async destroy(tx, vault, number) {
      const { page, place } = placeOf(number);
      await tx.query(PAGE_LOCK, [page]);
      await pages.destroy(vault, page, place);
    },
    async destroyAll(tx, vault) {
      await tx.query(DELETE_ALL, [vault.number]);
      const { rows } = await tx.query<{ number: string }>(PAGE_DELETE, [vault.number]);
      for (const { number } of rows) await pages.remove(vault, BigInt(number));
    },
    close: () => pages.close(),
  };
}

function placeOf(number: bigint): { readonly page: bigint; readonly place: number } {
  return { page: number / BigInt(PAGE_KEYS), place: Number(number % BigInt(PAGE_KEYS)) };
}

async function findSubjects(pool: Pool, vault: VaultSchema, digests: readonly Uint8Array[]) {
  const { rows } = await pool.query<{ digest: Buffer; number: string; state: SubjectState }>(FIND, [
    vault.number,
    digests,
  ]);
  return new Map(
    rows.map(({ digest, number, state }) => [hex(digest), { number: BigInt(number), state }]),
  );
}

/** Registers some of the digests, as many as fit a page; the caller looks again. Who was first keeps its number. */
async function register(
  tx: Transaction,
  pages: SubjectPages,
  { vault, digests }: { readonly vault: VaultSchema; readonly digests: readonly Uint8Array[] },
): Promise<void> {
  const free = (await tx.query<{ number: string; used: number }>(PAGE, [vault.number])).rows[0];
  const page = BigInt(free?.number ?? (await newPage(tx, pages, vault)));
  const numbers: bigint[] = [];
  let used = free?.used ?? 0;
  // A database that was restored may offer places again that were used, or destroyed, after its backup.
  for (; used < PAGE_KEYS && numbers.length < digests.length; used++) {
    if ((await pages.key(vault, page, used)) === null) continue;
    numbers.push(page * BigInt(PAGE_KEYS) + BigInt(used));
  }
  await tx.query(INSERT, [vault.number, numbers, digests.slice(0, numbers.length)]);
  await tx.query(PAGE_USED, [page, used]);
}

async function newPage(tx: Transaction, pages: SubjectPages, vault: VaultSchema): Promise<string> {
  const { rows } = await tx.query<{ number: string }>(PAGE_INSERT, [vault.number]);
  const number = rows[0]?.number ?? '0';
  await pages.create(vault, BigInt(number));
  return number;
}
