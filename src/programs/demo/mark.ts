import type { Client } from 'pg';

/** Every schema the demo made bears this in its comment, so that a foreign schema of the same name is never touched. */
export const MARK = 'privet demo';

/** Told what was done, as it is done. */
export type Progress = (line: string) => void;

/** What one schema came to: built now, or found from an earlier run and left alone. */
export type BuiltPart = {
  readonly schema: string;
  readonly outcome: 'built' | 'kept';
  readonly rows: number;
};

/** Whether the demo made this schema in an earlier run. */
export async function hasMark(client: Client, schema: string): Promise<boolean> {
  const found = await client.query(
    `select 1 from pg_catalog.pg_namespace where nspname = $1 and pg_catalog.obj_description(oid, 'pg_namespace') like $2`,
    [schema, `${MARK}%`],
  );
  return found.rows.length > 0;
}
