import type { Id } from '#base/ids';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { Channel } from './channel.ts';

const ROOM = statement(import.meta.url, 'sql/quarantine-room.sql');
const INSERT = statement(import.meta.url, 'sql/insert-quarantined.sql');
const LIST = statement(import.meta.url, 'sql/list-quarantined.sql');
const FIND = statement(import.meta.url, 'sql/find-quarantined.sql');
const DISCARD = statement(import.meta.url, 'sql/discard-quarantined.sql');
const AGE = statement(import.meta.url, 'sql/age-quarantined.sql');

/** What is known of an item without opening it. */
export type Item = {
  readonly id: Id<'qit'>;
  readonly channel: Channel;
  readonly code: string;
  readonly atMs: number;
  /** Of what is kept; what was longer was cut. */
  readonly bytes: number;
  readonly cut: boolean;
  /** SHA-256 of the envelope. */
  readonly digest: string;
  /** Index of the leaf `quarantine-kept`. */
  readonly leaf: number;
};
export type SealedItem = Item & { readonly sealed: Uint8Array };

type Row = {
  readonly id: Id<'qit'>;
  readonly channel: Channel;
  readonly code: string;
  readonly at_ms: string;
  readonly bytes: number;
  readonly cut: boolean;
  readonly digest: string;
  readonly leaf: string;
};

export async function roomTaken(
  db: Queryable,
): Promise<{ readonly items: number; readonly bytes: number }> {
  const { rows } = await db.query<{ items: number; bytes: string }>(ROOM);
  return { items: rows[0]?.items ?? 0, bytes: Number(rows[0]?.bytes ?? 0) };
}

export async function insertItem(tx: Transaction, item: SealedItem): Promise<void> {
  const { id, channel, code, atMs, bytes, cut, digest, leaf, sealed } = item;
  await tx.query(INSERT, [id, channel, code, atMs, bytes, cut, digest, leaf, sealed]);
}

export type ItemPage = {
  readonly channel: string | null;
  /** Only items before this one, the newest first. */
  readonly before: string | null;
  readonly limit: number;
};

export async function listItems(db: Queryable, page: ItemPage): Promise<readonly Item[]> {
  const { rows } = await db.query<Row>(LIST, [page.channel, page.before, page.limit]);
  return rows.map(itemFrom);
}

export async function findItems(
  db: Queryable,
  ids: readonly string[],
): Promise<readonly SealedItem[]> {
  const { rows } = await db.query<Row & { sealed: Uint8Array }>(FIND, [ids]);
  return rows.map((row) => ({ ...itemFrom(row), sealed: new Uint8Array(row.sealed) }));
}

export async function discardItems(tx: Transaction, ids: readonly string[]): Promise<number> {
  return (await tx.query(DISCARD, [ids])).rowCount ?? 0;
}

export async function ageItems(tx: Transaction, beforeMs: number): Promise<number> {
  return (await tx.query(AGE, [beforeMs])).rowCount ?? 0;
}

function itemFrom({ at_ms: atMs, leaf, id, channel, code, bytes, cut, digest }: Row): Item {
  return { id, channel, code, bytes, cut, digest, atMs: Number(atMs), leaf: Number(leaf) };
}
