import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import { incidentCleared } from './incident.ts';

const END = statement(import.meta.url, 'sql/end-signals.sql');

/** Whose signals end: those of these tables, or those of these keys. */
export type Ended =
  | { readonly assetIds: readonly number[] }
  | { readonly plane: string; readonly keys: readonly string[] };

/** Lets signals of what is no longer watched be well: a test that was removed must not hold an incident open. */
export async function clearSignals(work: Work, ended: Ended): Promise<void> {
  const values =
    'assetIds' in ended ? [null, null, ended.assetIds] : [ended.plane, ended.keys, null];
  const { rows } = await work.tx.query<EndedRow>(END, [...values, new Date(work.nowMs)]);
  for (const cleared of rows) await incidentCleared(work, cleared);
}

type EndedRow = { readonly plane: string; readonly key: string };
