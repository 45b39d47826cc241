import type { Office } from '#control/identity';
import { statement } from '#platform/db';
import { readSetting } from './setting.ts';
import type { Retention } from './setting.ts';

/** Statements that forget what is older than a moment, by the category that says how old. */
const FORGET: Readonly<Record<keyof Retention, readonly string[]>> = {
  points: ['forget-points', 'forget-anomalies', 'forget-scoring-runs'],
  results: [
    'forget-results',
    'forget-node-runs',
    'forget-runs',
    'forget-schema-changes',
    'forget-health',
  ],
  incidents: ['forget-incidents'],
  alerts: ['forget-alerts'],
  usage: ['forget-usage', 'forget-usage-columns', 'forget-usage-shapes'],
};
const STATEMENTS = new Map(
  Object.values(FORGET)
    .flat()
    .map((name) => [name, statement(import.meta.url, `sql/${name}.sql`)]),
);

/** Forgets what each category keeps no longer; gives how many rows went. */
export async function forgetOld(office: Office): Promise<number> {
  const { retention } = await readSetting(office.pool);
  let gone = 0;
  for (const [category, names] of Object.entries(FORGET)) {
    const days = retention[category as keyof Retention];
    const before = new Date(office.clock() - days * 86_400_000);
    for (const name of names) {
      const { rowCount } = await office.pool.query(STATEMENTS.get(name) ?? '', [before]);
      gone += rowCount ?? 0;
    }
  }
  return gone;
}
