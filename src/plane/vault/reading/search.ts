import { Problem } from '#base/problem';
import { alarmCanaries } from '../reveal/canary.ts';
import type { Ruling } from '../caller.ts';
import { findByValue } from './find.ts';
import type { Finding } from './find.ts';
import type { GetRequest } from './getrequest.ts';
import type { VaultGround } from '../ground.ts';
import { READ_IDS_MAX, SCAN_RECORDS_MAX } from '../limits.ts';
import { ruled } from '../reveal/reveal.ts';
import { columnOf } from '../schema/schema.ts';
import type { ColumnSchema, Redaction, TableSchema } from '../schema/schema.ts';

/** What a caller may look for. */
type Permitted = {
  readonly ruling: Ruling;
  /** The column the caller finds records by, if by a value. */
  readonly by: ColumnSchema | null;
};

/** The ruling for a request; throws `denied`, after the alarm where a canary was named. */
export async function permitted(ground: VaultGround, finding: Finding): Promise<Permitted> {
  const { request, table, vault, bag } = finding;
  try {
    const ruling = ruled(request, table);
    const by = searchedBy(table, request);
    if (by !== null) requireSearchable(by, { request, table, ruling });
    return { ruling, by };
  } catch (thrown) {
    if (!(thrown instanceof Problem && thrown.code === 'denied')) throw thrown;
    const ids = await namedIds(ground, finding);
    await alarmCanaries(ground, bag, { caller: request.caller, vault, table, ids });
    throw thrown;
  }
}

/** Records that a refused request names; none where it is malformed besides, or asks for a page. */
async function namedIds(ground: VaultGround, finding: Finding): Promise<readonly string[]> {
  const { select } = finding.request;
  if (select.kind === 'page') return [];
  if (select.kind === 'ids') return select.ids.slice(0, READ_IDS_MAX);
  try {
    return await findByValue(ground, finding, { select, limit: SCAN_RECORDS_MAX });
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code !== 'internal') return [];
    throw thrown;
  }
}

/** The column the caller finds records by. */
function searchedBy(table: TableSchema, { select }: GetRequest): ColumnSchema | null {
  return select.kind === 'values' || select.kind === 'prefix'
    ? columnOf(table, select.column)
    : null;
}

/** Throws `denied` before anything is looked up for the caller, unless it hangs on each row whether it may be found by the column. */
function requireSearchable(
  by: ColumnSchema,
  {
    request,
    table,
    ruling,
  }: { readonly request: GetRequest; readonly table: TableSchema; readonly ruling: Ruling },
): void {
  if (ruling.reads.length > 0) return;
  if (
    isSearchable(
      by,
      request,
      ruling.shows(by.id, () => null),
    )
  )
    return;
  throw new Problem(
    'denied',
    `records of \`${table.name}\` are not yours to find by \`${by.name}\``,
    {
      hint: `finding by a value needs the right to see it whole; decision \`${ruling.id}\` says why`,
    },
  );
}

/** Finding tells the value. The right to tokens tells it too, where a value has one token: `tokenise` answers for it. */
export function isSearchable(
  by: ColumnSchema,
  { select, tokens = false }: GetRequest,
  shown: Redaction | null,
): boolean {
  const tells =
    tokens && select.kind === 'values' && by.tokens.some(({ deterministic }) => deterministic);
  return shown === 'PLAIN_TEXT' || (tells && shown !== null);
}
