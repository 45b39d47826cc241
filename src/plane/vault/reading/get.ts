import type { Json } from '#base/canonical';
import type { Problem } from '#base/problem';
import { findShown } from './find.ts';
import type { GetRequest, GotPage, GotRecord, StreamRequest } from './getrequest.ts';
import type { VaultGround } from '../ground.ts';
import { createKeyBag } from '../keys/keybag.ts';
import type { Opened } from '../keys/keybag.ts';
import type { AskedRedaction } from '../schema/redaction.ts';
import { startReveal } from '../reveal/reveal.ts';
import type { Reveal } from '../reveal/reveal.ts';
import { columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, Redaction } from '../schema/schema.ts';
import { isSearchable, permitted } from './search.ts';
import { showsAny, shownRecord } from '../records/shownrecord.ts';
import type { ShownRecord } from '../records/shownrecord.ts';

/**
 * The records that are there and of which the ruling shows something; what was asked for and is not among them is not
 * told apart. Throws `corrupt` (after an alarm) when a record is not what was written.
 */
export async function getRecords(ground: VaultGround, request: GetRequest): Promise<GotPage> {
  const vault = await ground.schemas.get(request.vault);
  const table = tableOf(vault, request.table);
  const bag = await createKeyBag(ground, vault);
  const finding = { request, vault, table, bag };
  const { ruling, by } = await permitted(ground, finding);
  const columns = (request.fields ?? null)?.map((name) => columnOf(table, name)) ?? table.columns;
  const terms = {
    caller: request.caller,
    vault,
    ruling: request.ruling,
    operation: request.operation ?? 'get',
    budget: request.budget ?? null,
  } as const;
  const reveal = startReveal(ground, bag, terms);
  if (by !== null) {
    const { select } = request;
    reveal.asked(table, ruling);
    reveal.searched(select.kind === 'values' ? new Set(select.values).size : 1);
  }
  const broken: Problem[] = [];
  const seen = (opened: readonly Opened[]): readonly ShownRecord[] =>
    opened.flatMap((one) => {
      if (one.kind === 'corrupt') {
        reveal.corrupt(table, one.id);
        broken.push(one.problem);
      }
      if (one.kind !== 'record') return [];
      if (request.select.kind !== 'page') reveal.touched(table, one.record);
      const shown = shownRecord(table, one.record, ruling);
      const found = by === null || isSearchable(by, request, ruling.shows(by.id, shown.valueOf));
      return found && showsAny(shown) ? [shown] : [];
    });
  const found = await findShown(ground, { ...finding, ruling }, seen);
  const records = found.shown.map((shown): GotRecord => {
    reveal.touched(table, shown.record);
    reveal.count(shown);
    const asked = { columns, reveal, asked: request.redaction };
    const got = request.tokens === true ? tokensOf(shown, columns) : valuesOf(shown, asked);
    // Whoever found it by a value knows that value now, whatever else is shown of it.
    const known = by !== null && (got.redactions[by.name] ?? 'REDACTED') !== 'REDACTED';
    if (by !== null && !known) reveal.matched(shown, by);
    return got;
  });
  await reveal.settle();
  if (broken[0] !== undefined) throw broken[0];
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

/** The values of a record. A column without a value is left out, as one that is not shown is. */
function valuesOf(
  shown: ShownRecord,
  what: {
    readonly columns: readonly ColumnSchema[];
    readonly reveal: Reveal;
    readonly asked: AskedRedaction;
  },
): GotRecord {
  const fields: Record<string, Json> = {};
  const redactions: Record<string, Redaction> = {};
  for (const column of what.columns) {
    const value = what.reveal.show(shown, column, what.asked);
    if (value === null) continue;
    fields[column.name] = value.json;
    redactions[column.name] = value.redaction;
  }
  const { id, state } = shown.record;
  return { id, version: state.version, fields, redactions };
}

function tokensOf(shown: ShownRecord, columns: readonly ColumnSchema[]): GotRecord {
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
