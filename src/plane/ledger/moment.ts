import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { readFloor } from './floor.ts';

const TIME = statement(import.meta.url, 'sql/leaf-time.sql');

/** Index of the first leaf that is not older than the moment; leaves lie in the order of their times, but for a clock set back. */
export async function firstSince(db: Queryable, size: number, moment: number): Promise<number> {
  let [from, to] = [(await readFloor(db))?.size ?? 0, size];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const { rows } = await db.query<{ time: string }>(TIME, [middle]);
    if (Number(rows[0]?.time) < moment) from = middle + 1;
    else to = middle;
  }
  return from;
}
