import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const TOUCH = statement(import.meta.url, 'sql/touch.sql');
const CURRENT = statement(import.meta.url, 'sql/current-revision.sql');

/** The channel on which PostgreSQL tells every control process that a bundle may need building. */
export const CHANGE_CHANNEL = 'privet_control_changed';

/** How far control has come: `revision` counts changes a bundle shows, `act` counts administrative acts. */
export type Revision = { readonly revision: number; readonly act: number };

/** Says, in the transaction of a change, that bundles built before it are out of date. */
export async function touch(tx: Queryable): Promise<void> {
  await tx.query(TOUCH);
}

/** Where control stands now. */
export async function currentRevision(tx: Queryable): Promise<Revision> {
  const { rows } = await tx.query<{ revision: string; act: string }>(CURRENT);
  return { revision: Number(rows[0]?.revision ?? 0), act: Number(rows[0]?.act ?? 0) };
}
