import { instantText } from './monitor/moment.ts';
import { insertRows } from './resultstore.ts';
import type { ResultPlace } from './resultstore.ts';
import { resultName } from './warehouse/resultschema.ts';
import { failedRowsSql } from './rowtest.ts';
import type { ScanPlan } from './scan.ts';
import type { TestDefinition } from './monitor/testdefinition.ts';
import type { TableName } from './warehouse/dialect.ts';
import type { Session } from './warehouse/warehouse.ts';

/** A failed row larger than this is not kept. */
const ROW_CHARACTERS_MAX = 64 * 1024;

/** The first failed rows of a test, as JSON texts. */
export async function takeSamples(
  session: Session,
  plan: ScanPlan,
  of: { readonly test: TestDefinition; readonly nowMs: number },
): Promise<readonly string[]> {
  const rows = failedRowsSql(plan, of.test, of.nowMs);
  if (rows === null || of.test.samples === 0) return [];
  const text = `select ${session.dialect.rowJson('privet_row')} as j
    from (select * from (${rows.text}\n) as privet_failed limit ${of.test.samples}) as privet_row`;
  const found = await session.query(text, rows.parameters);
  return found.map((row) => String(row['j'])).filter((json) => json.length <= ROW_CHARACTERS_MAX);
}

/** Keeps failed rows in the warehouse until they expire, in place of those of the same result. */
export async function keepSamples(
  session: Session,
  place: ResultPlace,
  of: {
    readonly resultId: string;
    readonly table: TableName;
    readonly samples: readonly string[];
    readonly expiresMs: number;
  },
): Promise<void> {
  const { resultId, table, samples, expiresMs } = of;
  await insertRows(
    session,
    {
      table: resultName(place.schema, 'failed_row'),
      columns: ['result_id', 'row_index', 'table_schema', 'table_name', 'row_json', 'expires_at'],
      types: ['text', 'bigint', 'text', 'text', 'text', 'timestamptz'],
      conflict: 'on conflict (result_id, row_index) do nothing',
    },
    samples.map((json, at) => [
      resultId,
      at,
      table.schema,
      table.name,
      json,
      instantText(expiresMs),
    ]),
  );
}

export type Sample = {
  readonly index: number;
  readonly table: TableName;
  readonly row: Readonly<Record<string, unknown>>;
};

/** Failed rows of a result that have not expired. */
export async function readSamples(
  session: Session,
  schema: string,
  of: { readonly resultId: string; readonly nowMs: number },
): Promise<readonly Sample[]> {
  const rows = await session.query(
    `select row_index, table_schema, table_name, row_json from ${resultName(schema, 'failed_row')}
     where result_id = $1 and expires_at > $2::timestamptz order by row_index`,
    [of.resultId, instantText(of.nowMs)],
  );
  return rows.map((row) => ({
    index: Number(row['row_index']),
    table: { schema: String(row['table_schema']), name: String(row['table_name']) },
    row: JSON.parse(String(row['row_json'])) as Readonly<Record<string, unknown>>,
  }));
}

/** Deletes failed rows whose time is over. */
export async function expireSamples(
  session: Session,
  schema: string,
  nowMs: number,
): Promise<void> {
  await session.query(
    `delete from ${resultName(schema, 'failed_row')} where expires_at <= $1::timestamptz`,
    [instantText(nowMs)],
  );
}
