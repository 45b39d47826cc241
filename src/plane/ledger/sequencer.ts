import { equalConstantTime, utf8 } from '#base/bytes';
import type { Clock } from '#base/clock';
import { Problem } from '#base/problem';
import { EMPTY_EDGE, checkpointBody, grow, rootOf, TILE_WIDTH } from '#engines/merkle';
import type { Edge, Grown, Signer } from '#engines/merkle';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Pool, Queryable, Transaction } from '#platform/db';
import { genesis, leafHash, nextChain } from './chain.ts';
import type { LogTree } from './logtree.ts';

const LOCK = statement(import.meta.url, 'sql/lock.sql');
const LAST = statement(import.meta.url, 'sql/last-checkpoint.sql');
const INSERT = statement(import.meta.url, 'sql/insert-checkpoint.sql');
const RANGE = statement(import.meta.url, 'sql/range.sql');
const AT = statement(import.meta.url, 'sql/at.sql');

/** Beside that of the writers (append.ts): whoever holds it is the one who signs. */
const LOCK_KEY = 533_438;
/** Leaves of one step: they are held in memory, and whoever waits for the first waits for the last. */
const STEP_LEAVES_MAX = 4_096;

/** A checkpoint that was signed and cannot be forgotten any more. */
export type Signed = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
  readonly signedAtMs: number;
};

export type SequencerSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly tree: LogTree;
};

/** Where the last step ended, so that the next need not read it back. */
type Place = {
  readonly edge: Edge;
  /** Chain value of the last leaf. */
  readonly chain: Uint8Array;
  /** Entries of the last bundle when it is not full. */
  readonly tail: readonly string[];
};

type LeafRow = {
  readonly index: string;
  readonly entry: string;
  readonly leaf_hash: Uint8Array;
  readonly chain: Uint8Array;
};

export type Step = { readonly signed: Signed | null; readonly tiles: readonly Grown[] };

/**
 * Brings leaves from the database into the tree and signs it: leaves are read, checked against hash and chain, stored
 * as tiles and bundles, then the checkpoint is stored, and only then is anybody shown it. One step at a time among all
 * processes, by a lock of the database. A crash in between leaves tiles that the next step writes again, the same bytes.
 */
export function createSequencer(settings: SequencerSettings): { step(): Promise<Step> } {
  const { pool, tree } = settings;
  let place: Place = { edge: EMPTY_EDGE, chain: genesis(settings.plane), tail: [] };

  async function step(): Promise<Step> {
    let next = place;
    try {
      const taken = await transaction(pool, async (tx) => {
        await tx.query(LOCK, [LOCK_KEY]);
        const last = await lastSigned(tx);
        if (next.edge.size !== (last?.size ?? 0)) next = await placeAt(settings, tx, last);
        const rows = await leavesFrom(tx, next.edge.size);
        if (rows.length === 0) return { signed: last, tiles: [] };
        const { place: grown, tiles } = extend(next, rows);
        const entries = [...next.tail, ...rows.map((row) => row.entry)];
        await tree.store(tiles, next.edge.size - next.tail.length, entries);
        const signed = await signTree(settings, tx, grown.edge);
        next = grown;
        return { signed, tiles };
      });
      place = next;
      return taken;
    } catch (error) {
      throw databaseProblem(error);
    }
  }
  return { step };
}

/** The newest checkpoint that was signed, null before the first. */
export async function lastSigned(db: Queryable): Promise<Signed | null> {
  const { rows } = await db.query<SignedRow>(LAST);
  return rows[0] === undefined ? null : signedOf(rows[0]);
}

type SignedRow = {
  readonly size: string;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
  readonly signed_at_ms: string;
};

function signedOf(row: SignedRow): Signed {
  return {
    size: Number(row.size),
    root: new Uint8Array(row.root),
    signature: new Uint8Array(row.signature),
    signedAtMs: Number(row.signed_at_ms),
  };
}

async function leavesFrom(db: Queryable, from: number): Promise<readonly LeafRow[]> {
  const { rows } = await db.query<LeafRow>(RANGE, [from, from + STEP_LEAVES_MAX]);
  return rows;
}

/** Reads back where the signed tree ends; throws `corrupt` when the tiles do not give its root. */
async function placeAt(
  { tree, plane }: SequencerSettings,
  db: Queryable,
  last: Signed | null,
): Promise<Place> {
  if (last === null) return { edge: EMPTY_EDGE, chain: genesis(plane), tail: [] };
  const edge = await tree.edge(last.size);
  if (!equalConstantTime(rootOf(edge), last.root)) {
    throw new Problem('corrupt', `log tiles do not give the signed root of ${last.size} leaves`, {
      hint: 'nothing more is signed: compare with a back-up of the directory of the log',
    });
  }
  const begin = last.size - (last.size % TILE_WIDTH);
  const { rows: tail } = await db.query<LeafRow>(RANGE, [begin, last.size]);
  const { rows } = await db.query<{ chain: Uint8Array }>(AT, [last.size - 1]);
  const chain = rows[0]?.chain ?? (last.size === 0 ? genesis(plane) : null);
  if (chain === null || tail.length !== last.size - begin) throw lost(last.size - 1);
  return { edge, chain: new Uint8Array(chain), tail: tail.map((row) => row.entry) };
}

/** The place after these leaves; throws `corrupt` naming the first that is missing or does not give its hashes. */
function extend(place: Place, rows: readonly LeafRow[]): { place: Place; tiles: readonly Grown[] } {
  let { chain } = place;
  const hashes = rows.map((row, i) => {
    const index = place.edge.size + i;
    if (Number(row.index) !== index) throw lost(index);
    const hash = leafHash(row.entry);
    chain = nextChain(chain, hash);
    if (!equalConstantTime(hash, row.leaf_hash) || !equalConstantTime(chain, row.chain)) {
      throw new Problem('corrupt', `ledger leaf ${index} was changed before it was signed`, {
        hint: 'nothing more is signed: run `privet ledger verify`',
      });
    }
    return hash;
  });
  const { edge, tiles } = grow(place.edge, hashes);
  const entries = [...place.tail, ...rows.map((row) => row.entry)];
  const tail = entries.slice(entries.length - (entries.length % TILE_WIDTH));
  return { place: { edge, chain, tail }, tiles };
}

async function signTree(
  { signer, clock }: SequencerSettings,
  tx: Transaction,
  edge: Edge,
): Promise<Signed> {
  const { size } = edge;
  const root = rootOf(edge);
  const signature = signer.sign(utf8(checkpointBody({ origin: signer.key.name, size, root })));
  const signed = { size, root, signature, signedAtMs: clock() };
  await tx.query(INSERT, [size, root, signature, signed.signedAtMs]);
  return signed;
}

function lost(index: number): Problem {
  return new Problem('corrupt', `ledger leaf ${index} is missing`, {
    hint: 'nothing more is signed: run `privet ledger verify`',
  });
}
