import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { Head } from './chain.ts';

const FLOOR = statement(import.meta.url, 'sql/floor.sql');

/** How many leaves are pruned, and the chain value after the last of them; null when none are. */
export async function readFloor(db: Queryable): Promise<Head | null> {
  const { rows } = await db.query<{ size: string; chain: Uint8Array }>(FLOOR);
  const row = rows[0];
  return row === undefined ? null : { size: Number(row.size), chain: new Uint8Array(row.chain) };
}
