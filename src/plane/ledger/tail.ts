import { setTimeout as sleep } from 'node:timers/promises';
import { hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { Leaf, LeafKind } from './leaf.ts';

const NEWEST = statement(import.meta.url, 'sql/newest.sql');
const OLDEST = statement(import.meta.url, 'sql/oldest.sql');

/** The view without queries, which has an index of its own. */
const [ALL, ACTS] = ['from ledger.leaf', 'from ledger.act'];

/** Leaves one answer holds. */
export const PAGE_LEAVES_MAX = 1_000;
/** How soon a follower hears of a new leaf. */
const FOLLOW_EVERY_MS = 500;

export type LeafFilter = {
  readonly kinds?: readonly LeafKind[];
  /** Subject id of who acted. */
  readonly actor?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
};

/** A leaf as it is read back: its place, its hashes in hex, what it says, and the bytes that were hashed. */
export type StoredLeaf = {
  readonly index: number;
  readonly leafHash: string;
  readonly chain: string;
  readonly entry: string;
  readonly leaf: Leaf;
};

type Row = {
  readonly index: string;
  readonly entry: string;
  readonly leaf_hash: Uint8Array;
  readonly chain: Uint8Array;
};

export type PageOptions = LeafFilter & {
  /** Leaves from this index on, oldest first; without it the newest ones, newest first. */
  readonly from?: number;
  /** Only leaves before this index (newest first only). */
  readonly before?: number;
  readonly limit?: number;
};

/** Leaves that pass the filter; throws `limit` for more than one answer may hold. */
export async function readLeaves(
  db: Queryable,
  options: PageOptions,
): Promise<readonly StoredLeaf[]> {
  const limit = options.limit ?? 20;
  if (!(limit >= 1 && limit <= PAGE_LEAVES_MAX)) {
    throw new Problem('limit', `expected 1 to ${PAGE_LEAVES_MAX} leaves, got ${limit}`);
  }
  const forward = options.from !== undefined;
  const start = options.from ?? options.before ?? Number.MAX_SAFE_INTEGER;
  const text = forward ? OLDEST : NEWEST;
  const actsOnly = options.kinds !== undefined && !options.kinds.includes('query');
  const { rows } = await db.query<Row>(actsOnly ? text.replace(ALL, ACTS) : text, [
    start,
    options.kinds ?? null,
    options.actor ?? null,
    options.sinceMs ?? null,
    options.untilMs ?? null,
    limit,
  ]);
  return rows.map(storedLeaf);
}

/** Every leaf from an index on that passes the filter, and then each new one, until the signal ends it. */
export async function* followLeaves(
  db: Queryable,
  options: LeafFilter & { readonly from: number; readonly signal: AbortSignal },
): AsyncGenerator<StoredLeaf> {
  let from = options.from;
  while (!options.signal.aborted) {
    const leaves = await readLeaves(db, { ...options, from, limit: PAGE_LEAVES_MAX });
    for (const leaf of leaves) {
      yield leaf;
      from = leaf.index + 1;
    }
    if (leaves.length < PAGE_LEAVES_MAX) {
      await sleep(FOLLOW_EVERY_MS, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}

function storedLeaf(row: Row): StoredLeaf {
  return {
    index: Number(row.index),
    leafHash: hex(row.leaf_hash),
    chain: hex(row.chain),
    entry: row.entry,
    leaf: parsed(row),
  };
}

function parsed(row: Row): Leaf {
  try {
    return JSON.parse(row.entry) as Leaf;
  } catch (cause) {
    throw new Problem('corrupt', `ledger leaf ${row.index} expected json`, {
      hint: 'run `privet ledger verify`',
      cause,
    });
  }
}
