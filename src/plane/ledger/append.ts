import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { present } from '#base/assert';
import { hex } from '#base/bytes';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import { genesis, linksFrom } from './chain.ts';
import type { Head, Link } from './chain.ts';
import type { Sealed } from './leaf.ts';

const LAST = statement(import.meta.url, 'sql/last.sql');
const LOCK = statement(import.meta.url, 'sql/lock.sql');
const APPEND = statement(import.meta.url, 'sql/append.sql');
const COPY = statement(import.meta.url, 'sql/copy.sql');

/** Any fixed number serves; this one spells "ledger" on a phone keypad. Whoever holds it is the one writer. */
const LOCK_KEY = 533_437;
/** Up to this many rows the server's own loop is quicker than starting a COPY: one round trip instead of four. */
export const ROUND_TRIP_ROWS_MAX = 16;

/** The head as the connection sees it now. */
export async function readHead(db: Queryable, plane: string): Promise<Head> {
  const { rows } = await db.query<{ index: string; chain: Uint8Array }>(LAST);
  const last = rows[0];
  if (last === undefined) return { size: 0, chain: genesis(plane) };
  return { size: Number(last.index) + 1, chain: new Uint8Array(last.chain) };
}

export type Batch = {
  readonly plane: string;
  readonly leaves: readonly Sealed[];
  /** Called once the database has everything it needs to go on by itself. */
  readonly onSent?: () => void;
};

/**
 * Appends the entries as part of the transaction; they are in the ledger when it commits. Other writers wait until
 * then: the lock makes indices contiguous. Under repeatable read a second writer fails on the key instead of forking
 * the chain, because its snapshot is older than the lock.
 */
export async function appendEntries(tx: Transaction, batch: Batch): Promise<readonly Link[]> {
  if (batch.leaves.length <= ROUND_TRIP_ROWS_MAX) return appendFew(tx, batch);
  await tx.query(LOCK, [LOCK_KEY]);
  const entries = batch.leaves.map(({ entry }) => entry);
  const links = linksFrom(await readHead(tx, batch.plane), entries);
  await copyIn(tx, copyText(links, batch.leaves), batch.onSent);
  return links;
}

type Placed = {
  readonly index: string;
  readonly leaf_hash: Uint8Array;
  readonly chain: Uint8Array;
};

/** A single statement, and so a transaction of its own when it is sent outside of one. */
export async function appendFew(db: Queryable, batch: Batch): Promise<readonly Link[]> {
  const entries = batch.leaves.map(({ entry }) => entry);
  const { rows } = await db.query<Placed>({
    name: 'ledger-append',
    text: APPEND,
    values: [batch.plane, entries, batch.leaves.map(({ details }) => details)],
  });
  return rows.map((row, i) => ({
    index: Number(row.index),
    entry: present(entries[i], 'ledger entry'),
    leafHash: new Uint8Array(row.leaf_hash),
    chain: new Uint8Array(row.chain),
  }));
}

async function copyIn(tx: Transaction, rows: Buffer, onSent?: () => void): Promise<void> {
  const copy = tx.query(copyFrom(COPY));
  copy.write(rows, () => onSent?.());
  copy.end();
  await finished(copy);
}

/** Rows in COPY text format (PostgreSQL, COPY, "Text Format"); canonical JSON holds no raw tab or line feed. */
function copyText(links: readonly Link[], leaves: readonly Sealed[]): Buffer {
  let text = '';
  for (const [i, { index, entry, leafHash, chain }] of links.entries()) {
    const details = leaves[i]?.details ?? null;
    const kept = details === null ? '\\N' : `\\\\x${hex(details)}`;
    const escaped = entry.includes('\\') ? entry.replaceAll('\\', '\\\\') : entry;
    text += `${index}\t${escaped}\t\\\\x${hex(leafHash)}\t\\\\x${hex(chain)}\t${kept}\n`;
  }
  return Buffer.from(text, 'utf8');
}
