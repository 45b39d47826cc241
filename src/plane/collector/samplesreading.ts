import { Problem } from '#base/problem';
import type { CollectorSettings } from './context.ts';
import type { TableName } from './warehouse/dialect.ts';
import { resultName } from './warehouse/resultschema.ts';
import { readSamples } from './sample.ts';
import { openAs } from './warehouse/warehouseopen.ts';
import { findWarehouse } from './warehouse/warehousetable.ts';

/** Failed rows as they lie in the warehouse: raw. Whoever asks for them decides what may be shown. */
export type KeptSamples = {
  readonly table: TableName;
  /** Kind of the test. */
  readonly check: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
};

/** Failed rows of a result that have not expired; throws `not-found` when there are none. */
export async function keptSamples(
  settings: CollectorSettings,
  name: string,
  resultId: string,
): Promise<KeptSamples> {
  const row = await findWarehouse(settings.pool, name);
  if (row.elementary) throw nothing();
  const warehouse = await openAs(settings, row, 'collector');
  try {
    return await warehouse.work(
      async (session) => {
        const [result] = await session.query(
          `select check_kind from ${resultName(row.results, 'test_result')} where result_id = $1`,
          [resultId],
        );
        const samples = await readSamples(session, row.results, {
          resultId,
          nowMs: settings.clock(),
        });
        const [first] = samples;
        if (result === undefined || first === undefined) throw nothing();
        return {
          table: first.table,
          check: String(result['check_kind']),
          rows: samples.map((sample) => sample.row),
        };
      },
      { readOnly: true },
    );
  } finally {
    await warehouse.close();
  }
}

function nothing(): Problem {
  return new Problem('not-found', 'no failed rows are kept of this result', {
    hint: 'they are kept for a time, in the warehouse, unless `test_sample_row_count` is 0',
  });
}
