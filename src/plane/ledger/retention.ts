import { utf8 } from '#base/bytes';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import { readIndexPath, TILE_WIDTH } from '#engines/merkle';
import type { BlobStore } from '#platform/blob';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Pool, Queryable } from '#platform/db';
import { readFloor } from './floor.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { firstSince } from './moment.ts';

const RAISE = statement(import.meta.url, 'sql/raise-floor.sql');
const PRUNE = statement(import.meta.url, 'sql/prune-leaves.sql');
const ERASE = statement(import.meta.url, 'sql/erase-details.sql');
const KINDS = statement(import.meta.url, 'sql/kinds-and-times.sql');
const DATABASE_CLOCK = statement(import.meta.url, 'sql/database-clock.sql');

/** What leaves are about; each is kept for a time of its own. */
export const CATEGORIES = ['access', 'administration', 'keys', 'operation'] as const;
export type Category = (typeof CATEGORIES)[number];

export type RetentionDays = Readonly<Record<Category | 'details', number>>;

const ACCESS =
  /^(?:query|log(?:in|out)|statement|access|unmask|vault|grant|ops|operator|quarantine)/u;
const KEYS = /^key/u;
const OPERATION = /^(?:plane|bundle|facts|egress|barriers)/u;

/** What a kind of leaf is about; whatever nobody thought of is administration. */
export function categoryOf(kind: string): Category {
  if (ACCESS.test(kind)) return 'access';
  if (KEYS.test(kind)) return 'keys';
  return OPERATION.test(kind) ? 'operation' : 'administration';
}

export type RetentionSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'head'>;
  readonly log: Pick<Log, 'newest'>;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly days: RetentionDays;
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** Bundles of one run: a clock that jumped ahead must not empty the ledger before somebody notices. */
const BUNDLES_MAX = 400;
/** How far the clocks of plane and database may be apart before nothing is pruned. */
const CLOCKS_APART_MS_MAX = 5 * 60 * 1000;

export type Retained = {
  readonly minimum: number;
  readonly pruned: number;
  readonly erased: number;
};

/**
 * Does what the retention asks for, once: erases details that are old enough, and takes entries away from the front, in
 * whole bundles of which every leaf is older than its category is kept. Each is a leaf. Tiles stay. Only what a published
 * checkpoint covers goes. Throws `conflict` when plane and database disagree about the time.
 */
export async function retain(settings: RetentionSettings): Promise<Retained> {
  try {
    await requireClock(settings);
    const erased = await eraseDetails(settings);
    const pruned = await pruneLeaves(settings);
    const minimum = (await readFloor(settings.pool))?.size ?? 0;
    await removeBundles(settings.blobs, minimum);
    return { minimum, pruned, erased };
  } catch (error) {
    throw databaseProblem(error);
  }
}

async function requireClock({ pool, clock }: RetentionSettings): Promise<void> {
  const { rows } = await pool.query<{ now_ms: string }>(DATABASE_CLOCK);
  if (Math.abs(Number(rows[0]?.now_ms) - clock()) <= CLOCKS_APART_MS_MAX) return;
  throw new Problem('conflict', 'plane and database disagree about the time: nothing is pruned', {
    hint: 'set the clocks right (NTP)',
  });
}

async function eraseDetails({ pool, ledger, clock, days }: RetentionSettings): Promise<number> {
  const writtenBefore = Math.max(clock() - days.details * DAY_MS, 0);
  return transaction(pool, async (tx) => {
    const through = await firstSince(tx, (await ledger.head()).size, writtenBefore);
    const { rowCount } = await tx.query(ERASE, [through]);
    const leaves = rowCount ?? 0;
    if (leaves === 0) return 0;
    const actor = { kind: 'plane' } as const;
    await ledger.append(tx, { kind: 'details-erased', actor, through, writtenBefore, leaves });
    return leaves;
  });
}

async function pruneLeaves(settings: RetentionSettings): Promise<number> {
  const { pool, ledger, log } = settings;
  // The last bundle that a checkpoint covers stays, so that there is always something to go on from.
  const ceiling = Math.floor((log.newest()?.size ?? 0) / TILE_WIDTH) * TILE_WIDTH - TILE_WIDTH;
  return transaction(pool, async (tx) => {
    const floor = (await readFloor(tx))?.size ?? 0;
    let minimum = floor;
    let chain: Uint8Array | null = null;
    for (let i = 0; i < BUNDLES_MAX && minimum + TILE_WIDTH <= ceiling; i++) {
      const last = await expiredBundle(settings, tx, minimum);
      if (last === null) break;
      chain = last;
      minimum += TILE_WIDTH;
    }
    if (chain === null) return 0;
    await tx.query(RAISE, [minimum, chain]);
    const { rowCount } = await tx.query(PRUNE, [minimum]);
    const leaves = rowCount ?? 0;
    await ledger.append(tx, { kind: 'ledger-pruned', actor: { kind: 'plane' }, minimum, leaves });
    return leaves;
  });
}

type Aged = {
  readonly kind: string;
  readonly time: string;
  readonly chain: Uint8Array;
};

/** The chain value after the bundle that begins there when all its leaves are old enough, else null. */
async function expiredBundle(
  { clock, days }: RetentionSettings,
  db: Queryable,
  from: number,
): Promise<Uint8Array | null> {
  const { rows } = await db.query<Aged>(KINDS, [from, from + TILE_WIDTH]);
  const nowMs = clock();
  const old = rows.every(
    ({ kind, time }) => Number(time) < nowMs - days[categoryOf(kind)] * DAY_MS,
  );
  const last = rows.at(-1);
  return old && rows.length === TILE_WIDTH && last !== undefined ? last.chain : null;
}

const ENTRIES = 'tile/entries/';

/** Says what the minimum is, and then removes the bundles before it; those that a crash left go with the next run. */
async function removeBundles(blobs: BlobStore, minimum: number): Promise<void> {
  if (minimum === 0) return;
  await blobs.put('minimum', utf8(`${minimum}\n`));
  for await (const { key } of blobs.list(ENTRIES)) {
    const bundle = readIndexPath(key.slice(ENTRIES.length));
    if (bundle === null) continue;
    if ((bundle.index + 1) * TILE_WIDTH > minimum) break;
    await blobs.delete(key);
  }
}
