import { equalConstantTime } from '#base/bytes';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import { databaseProblem, statement } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import { appendEntries, readHead } from './append.ts';

import type { Head, Link } from './chain.ts';
import { damaged, keepHead, readHeadFile } from './headfile.ts';
import { sealLeaf } from './leaf.ts';
import type { LeafBody, Sealed } from './leaf.ts';
import { searchLeaves } from './search.ts';
import type { Found, SearchOptions } from './search.ts';
import { followLeaves, readLeaves } from './tail.ts';
import type { LeafFilter, PageOptions, StoredLeaf } from './tail.ts';
import { verifyLeaves } from './verify.ts';
import type { Verdict, VerifyOptions } from './verify.ts';
import { createWriter } from './writer.ts';
import type { Urgency } from './writer.ts';

const AT = statement(import.meta.url, 'sql/at.sql');

export type LedgerSettings = {
  readonly pool: Pool;
  /** The plane's id: part of every leaf and of the chain's beginning. */
  readonly plane: string;
  readonly clock: Clock;
  /** Path of the head file, in a directory that exists. */
  readonly headFile: string;
  /** Told of what went wrong beside a call: a head file that cannot be written. */
  readonly onFault?: (problem: Problem) => void;
};

export type Ledger = {
  /** Appends in the caller's transaction: there when it commits, gone when it rolls back. Keep such transactions short. */
  append(tx: Transaction, leaf: LeafBody): Promise<Link>;
  /** Several at once, as `append`. */
  appendAll(tx: Transaction, leaves: readonly LeafBody[]): Promise<readonly Link[]>;
  /**
   * Appends by itself, in a group with others; resolves once durable, rejects `unavailable` or `limit`. `soon` may take
   * some milliseconds longer than `now`, for whoever does not wait.
   */
  write(leaf: LeafBody, urgency?: Urgency): Promise<Link>;
  /** Leaves handed to `write` that are not durable yet. */
  waiting(): number;
  /** How far the ledger goes; also notes it in the head file. */
  head(): Promise<Head>;
  /** Leaves that a transaction sees: under repeatable read, those of the moment that all else in it is of. */
  sizeIn(tx: Transaction): Promise<number>;
  read(options: PageOptions): Promise<readonly StoredLeaf[]>;
  follow(
    options: LeafFilter & { readonly from: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoredLeaf>;
  /** Leaves that say something, newest first; looks through a bounded number of them and says where to go on. */
  search(options: SearchOptions): Promise<Found>;
  verify(options?: Omit<VerifyOptions, 'plane'>): Promise<Verdict>;
  /** Waits for what was written and for the head file; the pool stays open, it is the caller's. */
  close(): Promise<void>;
};

/**
 * Opens the ledger of a plane. Throws `corrupt` when the database holds less than, or something else than, what the
 * head file remembers: then somebody must look, and nothing may be appended to hide it.
 */
export async function openLedger(settings: LedgerSettings): Promise<Ledger> {
  const { pool, plane, headFile } = settings;
  const remembered = await readHeadFile(headFile, plane);
  const found = await readHead(pool, plane).catch(asProblem);
  if (remembered !== null) await checkRemembered(pool, remembered, found);
  const keeper = keepHead(headFile, plane, {
    written: remembered ?? { size: -1, chain: found.chain },
    source: { read: () => readHead(pool, plane), holds: (head) => holdsHead(pool, head) },
    onFault: settings.onFault ?? (() => undefined),
  });
  keeper.note(found);
  const noteLink = (link: Link) => keeper.note({ size: link.index + 1, chain: link.chain });
  const writer = createWriter({ pool, plane, onDurable: noteLink });
  const complete = (leaf: LeafBody): Sealed => {
    keeper.requireWhole();
    return sealLeaf({ ...leaf, v: 2, plane, time: settings.clock() });
  };
  /** Whether the transaction commits is not told here. */
  const appended = (links: readonly Link[]): readonly Link[] => {
    const last = links.at(-1);
    if (last !== undefined) keeper.expect(last.index + 1);
    return links;
  };

  return {
    append: async (tx, leaf) =>
      onlyLink(appended(await appendEntries(tx, { plane, leaves: [complete(leaf)] }))),
    appendAll: async (tx, leaves) =>
      appended(await appendEntries(tx, { plane, leaves: leaves.map(complete) })),
    write: async (leaf, urgency = 'now') => writer.write(complete(leaf), urgency),
    waiting: () => writer.waiting(),
    async head() {
      const head = await readHead(pool, plane).catch(asProblem);
      keeper.note(head);
      return head;
    },
    sizeIn: async (tx) => (await readHead(tx, plane)).size,
    read: (options) => readLeaves(pool, options),
    follow: (options) => followLeaves(pool, options),
    search: async (options) =>
      searchLeaves(pool, options, await readHead(pool, plane)).catch(asProblem),
    async verify(options = {}) {
      const kept = await readHeadFile(headFile, plane);
      const known = [kept, keeper.newest()].filter((head) => head !== null);
      const expected = [...(options.expected ?? []), ...known];
      return verifyLeaves(pool, { ...options, plane, expected });
    },
    async close() {
      await writer.close();
      await keeper.settle();
    },
  };
}

async function checkRemembered(pool: Pool, remembered: Head, found: Head): Promise<void> {
  if (found.size < remembered.size) {
    throw damaged(`ledger expected at least ${remembered.size} leaves, got ${found.size}`);
  }
  if (!(await holdsHead(pool, remembered))) {
    throw damaged(`ledger leaf ${remembered.size - 1} expected the chain value of the head file`);
  }
}

async function holdsHead(pool: Pool, { size, chain }: Head): Promise<boolean> {
  if (size <= 0) return true;
  const { rows } = await pool.query<{ chain: Uint8Array }>(AT, [size - 1]);
  const found = rows[0]?.chain;
  return found !== undefined && equalConstantTime(found, chain);
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}

function onlyLink(links: readonly Link[]): Link {
  const link = links[0];
  if (link === undefined) throw new Problem('internal', 'ledger append expected one link');
  return link;
}
