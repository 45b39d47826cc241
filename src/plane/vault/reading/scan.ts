import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { alarmCanaries } from '../reveal/canary.ts';
import type { Budget } from '../reveal/budget.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import { findByValue } from './find.ts';
import type { Selection } from './getrequest.ts';
import type { VaultGround } from '../ground.ts';
import { createKeyBag } from '../keys/keybag.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { PAGE_RECORDS_MAX } from '../limits.ts';
import { checked } from '../records/preparedrow.ts';
import { isUuid } from '../schema/place.ts';
import { recordPage, recordsById, wholeRecords } from '../records/recordtable.ts';
import type { RecordRow } from '../records/recordtable.ts';
import type { AskedRedaction } from '../schema/redaction.ts';
import { ruled, startReveal } from '../reveal/reveal.ts';
import type { Reveal } from '../reveal/reveal.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';
import { showsAny, shownRecord } from '../records/shownrecord.ts';
import type { ShownRecord } from '../records/shownrecord.ts';

/** Rows that can be found without looking at every one. */
export type ScanLookup = Extract<Selection, { readonly kind: 'ids' | 'values' }>;

export type ScanTable = {
  readonly table: string;
  /** What is wanted of each row: columns, each at the level that is asked for; one column can be wanted at several. */
  readonly columns: readonly { readonly column: string; readonly asked: AskedRedaction }[];
  /** Null for all rows. */
  readonly lookup: ScanLookup | null;
};

export type ScanRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly ruling: RulingOf;
  readonly budget: Budget | null;
  readonly tables: readonly ScanTable[];
  readonly limits: ScanLimits;
};

/** How much one scan may look at, over all its tables. */
export type ScanLimits = {
  readonly rowsMax: number;
  /** Of the values that are shown, as JSON. */
  readonly bytesMax: number;
  /** When to stop, by the vault's clock. */
  readonly untilMs: number;
};

/** One record as the caller may see it: its id, and what is shown of each wanted column, null for nothing. */
export type ScannedRow = { readonly id: string; readonly values: readonly (Json | null)[] };

/**
 * The rows of several tables as their caller may see them, under one leaf a table and one budget: what a query is worked
 * out from. Every value that is given counts as shown, whether the answer of the query has it or not. Throws as `get` does,
 * and `limit` where there is more than the limits allow.
 */
export async function scanTables(
  ground: VaultGround,
  request: ScanRequest,
): Promise<readonly (readonly ScannedRow[])[]> {
  const vault = await ground.schemas.get(request.vault);
  const bag = await createKeyBag(ground, vault);
  const asked: Asked[] = [];
  for (const one of request.tables) {
    asked.push(await permitted(ground, { request, vault, bag }, one));
  }
  const { caller, ruling, budget, limits } = request;
  const reveal = startReveal(ground, bag, { caller, vault, ruling, operation: 'query', budget });
  const scan: Scan = { ground, vault, bag, reveal, request, spent: { rows: 0, bytes: 0 }, limits };
  const answers: ScannedRow[][] = [];
  try {
    for (const one of asked) {
      reveal.asked(one.table, one.ruling);
      answers.push(await scanTable(scan, one));
    }
  } catch (thrown) {
    // What was looked at before a limit was met is told and paid for like the rest.
    if (thrown instanceof Problem && thrown.code === 'limit') await reveal.settle();
    throw thrown;
  }
  await reveal.settle();
  if (scan.broken !== undefined) throw scan.broken;
  return answers;
}

type Scan = {
  readonly ground: VaultGround;
  readonly vault: VaultSchema;
  readonly bag: KeyBag;
  readonly reveal: Reveal;
  readonly request: ScanRequest;
  readonly limits: ScanLimits;
  readonly spent: { rows: number; bytes: number };
  broken?: Problem;
};

type Asked = Omit<ScanTable, 'table'> & { readonly table: TableSchema; readonly ruling: Ruling };

/** The table with its ruling; throws `denied`, after the alarm where a canary was named. */
async function permitted(
  ground: VaultGround,
  { request, vault, bag }: Pick<Scan, 'request' | 'vault' | 'bag'>,
  one: ScanTable,
): Promise<Asked> {
  const table = tableOf(vault, one.table);
  try {
    return { ...one, table, ruling: ruled(request, table) };
  } catch (thrown) {
    const { caller } = request;
    const ids = one.lookup?.kind === 'ids' ? one.lookup.ids : [];
    await alarmCanaries(ground, bag, { caller, vault, table, ids });
    throw thrown;
  }
}

async function scanTable(scan: Scan, asked: Asked): Promise<ScannedRow[]> {
  const { table, ruling, lookup } = asked;
  const columns = asked.columns.map((one) => ({ ...one, column: columnOf(table, one.column) }));
  const by = lookup?.kind === 'values' ? columnOf(table, lookup.column) : null;
  const rows: ScannedRow[] = [];
  for await (const page of pagesOf(scan, asked)) {
    spend(scan, 'rows', page.length);
    for (const shown of await openedRows(scan, { table, ruling, page })) {
      if (lookup !== null) scan.reveal.touched(table, shown.record);
      // What is found by a value must be shown whole, or finding it would tell the value.
      if (by !== null && ruling.shows(by.id, shown.valueOf) !== 'PLAIN_TEXT') continue;
      const row = rowOf(scan, shown, columns);
      if (row !== null) rows.push(row);
    }
  }
  return rows;
}

/** Rows in pages; all of them where a lookup leads to more than one page. */
async function* pagesOf(
  { ground, bag, reveal }: Scan,
  { table, lookup: wanted, ruling }: Asked,
): AsyncIterable<readonly RecordRow[]> {
  const { pool } = ground.ports;
  // Where it hangs on the row what is shown, a lookup would also find rows that show nothing, and take its time over them.
  const lookup = wanted?.kind === 'values' && ruling.reads.length > 0 ? null : wanted;
  if (lookup?.kind === 'values') reveal.searched(lookup.values.length);
  const ids = lookup === null ? null : await idsOf({ ground, bag }, table, lookup);
  if (ids !== null) {
    yield recordsById(pool, table, ids);
    return;
  }
  const page = { descending: false, skip: 0, limit: PAGE_RECORDS_MAX, wholeOnly: true } as const;
  let after: string | null = null;
  for (;;) {
    const rows = await recordPage(pool, table, { ...page, after });
    yield rows;
    after = rows.at(-1)?.id ?? null;
    if (rows.length < PAGE_RECORDS_MAX) return;
  }
}

/** Ids that a lookup leads to; null where it does not serve, and every row must be read. */
async function idsOf(
  { ground, bag }: Pick<Scan, 'ground' | 'bag'>,
  table: TableSchema,
  lookup: ScanLookup,
): Promise<readonly string[] | null> {
  if (lookup.kind === 'ids') return [...new Set(lookup.ids)].filter(isUuid);
  if (!isFindable(table, lookup)) return null;
  const ids = await findByValue(
    ground,
    { table, bag },
    { select: lookup, limit: PAGE_RECORDS_MAX },
  );
  return ids.length < PAGE_RECORDS_MAX ? ids : null;
}

/** A value that the column could not take today may have been written when it could, and is found by reading every row. */
function isFindable(
  table: TableSchema,
  lookup: Extract<ScanLookup, { readonly kind: 'values' }>,
): boolean {
  const by = columnOf(table, lookup.column);
  return lookup.values.every((value) => fits(by, value));
}

function fits(column: ColumnSchema, value: Json): boolean {
  try {
    checked(column, value);
    return true;
  } catch (thrown) {
    if (thrown instanceof Problem) return false;
    throw thrown;
  }
}

async function openedRows(
  scan: Scan,
  from: {
    readonly table: TableSchema;
    readonly ruling: Ruling;
    readonly page: readonly RecordRow[];
  },
): Promise<readonly ShownRecord[]> {
  const { table, ruling, page } = from;
  const opened = await scan.bag.open(table, wholeRecords(page));
  return opened.flatMap((one) => {
    if (one.kind === 'record') return [shownRecord(table, one.record, ruling)];
    if (one.kind === 'corrupt') {
      scan.reveal.corrupt(table, one.id);
      scan.broken = one.problem;
    }
    return [];
  });
}

/** The row, or null where nothing of it is shown: it does not exist for the caller then. */
function rowOf(
  scan: Scan,
  shown: ShownRecord,
  columns: readonly { readonly column: ColumnSchema; readonly asked: AskedRedaction }[],
): ScannedRow | null {
  const { table, record } = shown;
  if (!showsAny(shown)) return null;
  scan.reveal.touched(table, record);
  spend(scan, 'bytes', ROW_BYTES);
  const values = columns.map(({ column, asked }) => {
    const value = scan.reveal.show(shown, column, asked)?.json ?? null;
    spend(scan, 'bytes', VALUE_BYTES + (value === null ? 0 : sizeOf(value)));
    return value;
  });
  scan.reveal.count(shown);
  return { id: record.id, values };
}

/** An id with its row, and a value beside its text, in memory. */
const ROW_BYTES = 64;
const VALUE_BYTES = 8;

function sizeOf(value: Json): number {
  return typeof value === 'string' ? value.length : JSON.stringify(value).length;
}

function spend({ ground, spent, limits }: Scan, what: 'rows' | 'bytes', count: number): void {
  spent[what] += count;
  const max = what === 'rows' ? limits.rowsMax : limits.bytesMax;
  if (spent[what] > max) {
    throw new Problem('limit', `query expected to look at no more than ${max} ${what}`, {
      hint: HINT,
    });
  }
  if (what === 'rows' && ground.ports.clock() > limits.untilMs) {
    throw new Problem('limit', 'query took longer than it may', { hint: HINT });
  }
}

const HINT = 'ask for fewer columns, or for rows by `skyflow_id` or by an indexed column';
