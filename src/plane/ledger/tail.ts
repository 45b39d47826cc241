import { setTimeout as sleep } from 'node:timers/promises';
import { hex } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { detailsFit, openDetails, refuseDetails, withDetails } from './details.ts';
import type { OpenDetails } from './details.ts';
import { PARTED } from './leaf.ts';
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
  /** What the entry commits to; null when it has none or they were erased. */
  readonly details: OpenDetails | null;
  readonly leaf: Leaf;
};

/** A row of the table, as it is read back. */
export type LeafRow = {
  readonly index: string;
  readonly entry: string;
  readonly leaf_hash: Uint8Array;
  readonly chain: Uint8Array;
  readonly details: Uint8Array | null;
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
  const { rows } = await db.query<LeafRow>(actsOnly ? text.replace(ALL, ACTS) : text, [
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

/** The leaf of a row; throws `corrupt` naming it. */
export function storedLeaf(row: LeafRow): StoredLeaf {
  const index = Number(row.index);
  if (row.details !== null && !detailsFit(row.entry, row.details)) refuseDetails(index);
  const details = row.details === null ? null : openDetails(row.details);
  return {
    index,
    leafHash: hex(row.leaf_hash),
    chain: hex(row.chain),
    entry: row.entry,
    details,
    leaf: parsed(row, details),
  };
}

function parsed(row: LeafRow, details: OpenDetails | null): Leaf {
  try {
    const members = JSON.parse(row.entry) as { readonly [key: string]: Json };
    const { kind } = members;
    const shape = typeof kind === 'string' ? PARTED.get(kind) : undefined;
    return withDetails(members, { details }, shape) as unknown as Leaf;
  } catch (cause) {
    throw new Problem('corrupt', `ledger leaf ${row.index} expected json`, {
      hint: 'run `privet ledger verify`',
      cause,
    });
  }
}
