import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Budget } from './budget.ts';
import type { Ruling, RulingOf, VaultCaller } from './caller.ts';
import type { VaultGround } from './ground.ts';
import { createKeyBag } from './keybag.ts';
import type { KeyBag } from './keybag.ts';
import { PAGE_RECORDS_MAX, READ_IDS_MAX } from './limits.ts';
import { prefixDigest, prefixSpace, valueDigest } from './lookups.ts';
import { findLookups } from './lookuptable.ts';
import { isUuid } from './place.ts';
import { checked } from './preparedrow.ts';
import { recordPage, recordsById, wholeRecords } from './recordtable.ts';
import type { RecordRow } from './recordtable.ts';
import type { AskedRedaction } from './redaction.ts';
import { ruled, startReveal } from './reveal.ts';
import { shownRecord } from './shownrecord.ts';
import type { ShownRecord } from './shownrecord.ts';
import type { Reveal, RevealOperation } from './reveal.ts';
import { columnOf, tableOf } from './schema.ts';
import type { ColumnSchema, Redaction, TableSchema, VaultSchema } from './schema.ts';

/** Which records are meant. */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** Those with one of the values in a unique or indexed column. */
  | { readonly kind: 'values'; readonly column: string; readonly values: readonly Json[] }
  /** Those whose text begins so, in a column with a prefix index. */
  | { readonly kind: 'prefix'; readonly column: string; readonly beginning: string }
  /** A page of all, in the order they came; `after` is the last id of the page before. */
  | {
      readonly kind: 'page';
      readonly after: string | null;
      readonly skip: number;
      readonly descending: boolean;
    };

export type GetRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly table: string;
  readonly select: Selection;
  readonly ruling: RulingOf;
  readonly redaction: AskedRedaction;
  /** Names of columns; null for all. */
  readonly fields?: readonly string[] | null;
  /** Give the tokens of the values instead of the values. */
  readonly tokens?: boolean;
  readonly limit?: number;
  readonly budget?: Budget | null;
  /** What the leaf says was done; `get` unless a query asks. */
  readonly operation?: RevealOperation;
};

/** All records of a table, behind the one of that id. */
export type StreamRequest = Omit<GetRequest, 'select'> & { readonly after?: string | null };

/** A record as the caller may see it. */
export type GotRecord = {
  readonly id: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, Json>>;
  /** At which level each field is shown; tokens have none. */
  readonly redactions: Readonly<Record<string, Redaction>>;
};

/** One page of an answer; `next` is what `after` must be to go on, null when there is no more. */
export type GotPage = { readonly records: readonly GotRecord[]; readonly next: string | null };

/**
 * The records that are there and of which the ruling shows something; what was asked for and is not among them is not
 * told apart. Throws `corrupt` (after an alarm) when a record is not what was written.
 */
export async function getRecords(ground: VaultGround, request: GetRequest): Promise<GotPage> {
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const ruling = ruled(request, table);
  const columns = (request.fields ?? null)?.map((name) => columnOf(table, name)) ?? table.columns;
  const bag = await createKeyBag(ground.ports.keyring, ground.subjectKeys, vault);
  const terms = {
    caller: request.caller,
    vault,
    ruling: request.ruling,
    operation: request.operation ?? 'get',
    budget: request.budget ?? null,
  } as const;
  const reveal = startReveal(ground, bag, terms);
  const by = searchedBy(table, request);
  if (by !== null) {
    requireSearchable(by, { request, table, ruling });
    reveal.asked(table, ruling);
  }
  const found = await findRows(ground, { request, vault, table, bag });
  const rows = await bag.open(table, wholeRecords(found.rows));
  const records: GotRecord[] = [];
  let broken: Problem | null = null;
  for (const opened of rows) {
    if (opened.kind === 'gone') continue;
    if (opened.kind === 'corrupt') {
      reveal.corrupt(table, opened.id);
      broken = opened.problem;
      continue;
    }
    const shown = shownRecord(table, opened.record, ruling);
    if (by !== null && !isSearchable(by, request, ruling.shows(by.id, shown.valueOf))) continue;
    const got =
      request.tokens === true
        ? tokensOf(shown, columns)
        : valuesOf(shown, { columns, reveal, asked: request.redaction });
    if (got === null) continue;
    reveal.count(shown);
    // Whoever found it by a value knows that value now, whatever else is shown of it.
    const known = by !== null && (got.redactions[by.name] ?? 'REDACTED') !== 'REDACTED';
    if (by !== null && !known) reveal.matched(shown, by);
    records.push(got);
  }
  await reveal.settle();
  if (broken !== null) throw broken;
  return { records, next: found.next };
}

/** All records of the table, batch by batch, as `getRecords` gives pages; what is not asked for is not read. */
export async function* streamRecords(
  ground: VaultGround,
  request: StreamRequest,
): AsyncIterable<readonly GotRecord[]> {
  let after = request.after ?? null;
  do {
    const select = { kind: 'page', after, skip: 0, descending: false } as const;
    const page = await getRecords(ground, { ...request, select });
    yield page.records;
    after = page.next;
  } while (after !== null);
}

type Finding = {
  readonly request: GetRequest;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
  readonly bag: KeyBag;
};

type FoundRows = { readonly rows: readonly RecordRow[]; readonly next: string | null };

/** The column the caller finds records by. */
function searchedBy(table: TableSchema, { select }: GetRequest): ColumnSchema | null {
  return select.kind === 'values' || select.kind === 'prefix'
    ? columnOf(table, select.column)
    : null;
}

/** Throws `denied` before anything is looked up, unless it hangs on each row whether it may be found by the column. */
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
function isSearchable(
  by: ColumnSchema,
  { select, tokens = false }: GetRequest,
  shown: Redaction | null,
): boolean {
  const tells =
    tokens && select.kind === 'values' && by.tokens.some(({ deterministic }) => deterministic);
  return shown === 'PLAIN_TEXT' || (tells && shown !== null);
}

async function findRows(ground: VaultGround, finding: Finding): Promise<FoundRows> {
  const { request, table } = finding;
  const { pool } = ground.ports;
  const { select } = request;
  const limit = Math.min(request.limit ?? PAGE_RECORDS_MAX, PAGE_RECORDS_MAX);
  if (select.kind === 'page') {
    if (select.after !== null && !isUuid(select.after)) {
      throw new Problem('invalid', 'page expected the id of a record to go on behind');
    }
    const rows = await recordPage(pool, table, { ...select, limit });
    const next = rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
    return { rows, next };
  }
  if (select.kind === 'ids') {
    checkCount(select.ids.length);
    const ids = [...new Set(select.ids)].filter(isUuid);
    return { rows: inOrder(ids, await recordsById(pool, table, ids)), next: null };
  }
  const found = await findByValue(ground, finding, { select, limit });
  const ids = [
    ...new Set(found.filter((one) => one.table === table.number).map(({ record }) => record)),
  ];
  return { rows: inOrder(ids, await recordsById(pool, table, ids)), next: null };
}

async function findByValue(
  { ports: { pool } }: VaultGround,
  { table, bag }: Finding,
  {
    select,
    limit,
  }: {
    readonly select: Extract<Selection, { kind: 'values' | 'prefix' }>;
    readonly limit: number;
  },
) {
  const by = columnOf(table, select.column);
  if (select.kind === 'values') {
    checkCount(select.values.length);
    if (!by.unique && !by.exactIndex) {
      throw new Problem('invalid', `column \`${by.name}\` is neither unique nor indexed`, {
        hint: 'an exact index lets records be found by it',
      });
    }
    const digests = select.values.map((json) =>
      valueDigest(bag.index, by.number, checked(by, json)),
    );
    return findLookups(pool, { space: by.number, digests, limit });
  }
  const { prefixIndex } = by;
  const length = Array.from(select.beginning).length;
  if (prefixIndex === null || length < prefixIndex.min || length > prefixIndex.max) {
    const takes =
      prefixIndex === null ? 'none' : `${prefixIndex.min} to ${prefixIndex.max} characters`;
    throw new Problem('invalid', `column \`${by.name}\` can be found by beginnings of ${takes}`);
  }
  const digests = [prefixDigest(bag.index, by, select.beginning)];
  return findLookups(pool, { space: prefixSpace(by), digests, limit });
}

function checkCount(count: number): void {
  if (count > READ_IDS_MAX) {
    throw new Problem('limit', `get expected at most ${READ_IDS_MAX} ids or values, got ${count}`);
  }
}

function inOrder(ids: readonly string[], rows: readonly RecordRow[]): readonly RecordRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The values of a record, or null when none is shown. A column without a value is left out, as one that is not shown is. */
function valuesOf(
  shown: ShownRecord,
  what: {
    readonly columns: readonly ColumnSchema[];
    readonly reveal: Reveal;
    readonly asked: AskedRedaction;
  },
): GotRecord | null {
  const fields: Record<string, Json> = {};
  const redactions: Record<string, Redaction> = {};
  for (const column of what.columns) {
    const value = what.reveal.show(shown, column, what.asked);
    if (value === null) continue;
    fields[column.name] = value.json;
    redactions[column.name] = value.redaction;
  }
  const { id, state } = shown.record;
  if (Object.keys(fields).length === 0 && !showsAny(shown)) return null;
  return { id, version: state.version, fields, redactions };
}

function tokensOf(shown: ShownRecord, columns: readonly ColumnSchema[]): GotRecord | null {
  if (!showsAny(shown)) return null;
  const held = shown.record.tokens();
  const fields: Record<string, Json> = {};
  for (const column of columns) {
    const [first] = column.tokens;
    const token = held.find((one) => one.column === column.number && one.space === first?.space);
    if (token === undefined || shown.ruling.shows(column.id, shown.valueOf) === null) continue;
    fields[column.name] = token.token;
  }
  const { id, state } = shown.record;
  return { id, version: state.version, fields, redactions: {} };
}

/** Whether the caller may know that the record exists. */
function showsAny({ table, ruling, valueOf }: ShownRecord): boolean {
  return table.columns.some(({ id }) => ruling.shows(id, valueOf) !== null);
}
