import { z } from 'zod';
import { Problem } from '#base/problem';
import type { GotRecord, Selection, TableSchema, WriteRow } from '#plane/vault';
import { LINK_SECONDS, linkTo } from './files/filelinks.ts';
import { requirePermission } from './callers/guest.ts';
import { POLICY, vaultRoute } from './route.ts';
import type { VaultCall } from './route.ts';
import { bringTokens, byot, fields, flag, maybe, recordParams, redaction } from './shape.ts';
import {
  repeated,
  requireTable,
  tableParams,
  tokens,
  tokensByColumn,
  word,
  writtenShape,
} from './shape.ts';
import { writeOne, writeRows } from './write.ts';

/** Skyflow gives 25 records; its own tools ask for 300, and we stop where a page gets unwieldy. */
const PAGE_DEFAULT = 25;
const PAGE_MAX = 5_000;
const ROWS_MAX = 10_000;

const record = z.object({ fields, tokens });
const gotShape = z.object({ fields: z.record(z.string(), z.unknown()) });
const getQuery = z.object({
  skyflow_ids: repeated,
  column_name: maybe,
  column_values: repeated,
  fields: repeated,
  redaction,
  tokenization: flag,
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(0).max(PAGE_MAX).optional(),
  order_by: z.enum(['ASCENDING', 'DESCENDING', 'NONE', '']).default('ASCENDING'),
  downloadURL: flag,
  after: maybe.describe(
    'what `x-privet-next` of the page before said, or the id of a record: pages of a table of any size',
  ),
});
type GetQuery = z.output<typeof getQuery>;

function selectionOf(query: GetQuery): Selection {
  const { skyflow_ids: ids, column_name: column, column_values: values } = query;
  if (ids.length > 0 && column !== null) {
    throw new Problem('invalid', 'expected `skyflow_ids` or `column_name`, got both');
  }
  if (ids.length > 0) return { kind: 'ids', ids };
  if (column !== null) {
    if (values.length > 0) return { kind: 'values', column, values };
    throw new Problem('invalid', '`column_name` expected `column_values` beside it');
  }
  const descending = query.order_by === 'DESCENDING';
  return { kind: 'page', after: query.after, skip: query.offset, descending };
}

type GetCall = VaultCall<{ vault: string; table: string }, unknown, unknown>;

async function get(call: GetCall, query: GetQuery): Promise<readonly GotRecord[]> {
  const { schema, rulings } = await call.open(call.params.vault);
  const table = requireTable(schema, call.params.table);
  const { tokenization } = query;
  const page = await call.room.vaults.get({
    caller: call.caller,
    vault: schema.id,
    table: table.name,
    select: selectionOf(query),
    // Tokens are had under the right to tokens, values under the right to read.
    ruling: rulings.for(tokenization ? 'tokenize' : 'read'),
    redaction: query.redaction,
    fields: query.fields.length === 0 ? null : query.fields,
    tokens: tokenization,
    limit: query.limit || PAGE_DEFAULT,
    budget: tokenization ? null : rulings.budget('read', [table]),
  });
  if (page.next !== null) void call.reply.header('x-privet-next', page.next);
  if (!query.downloadURL || tokenization) return page.records;
  const linked: GotRecord[] = [];
  // One after another: a page has thousands of them, and other callers wait for the same database.
  for (const one of page.records)
    linked.push(await withLinks(call, { schema, rulings, table }, one));
  return linked;
}

/** The record with links in place of the files that the caller may have; each is a reveal of its own. */
async function withLinks(
  call: GetCall,
  {
    schema,
    rulings,
    table,
  }: Awaited<ReturnType<GetCall['open']>> & { readonly table: TableSchema },
  record: GotRecord,
): Promise<GotRecord> {
  const fields = { ...record.fields };
  for (const { type, name } of table.columns) {
    if (type !== 'file' || record.redactions[name] !== 'PLAIN_TEXT') continue;
    fields[name] = await linkTo(call, {
      caller: call.caller,
      vault: schema.id,
      table: table.name,
      record: record.id,
      column: name,
      ruling: rulings.for('read'),
      budget: rulings.budget('read', [table]),
      ttlSeconds: LINK_SECONDS,
    });
  }
  return { ...record, fields };
}

function shown({ id, fields: values }: GotRecord) {
  return { fields: { skyflow_id: id, ...values } };
}

export const recordRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/:table',
    operation: 'insertRecords',
    need: POLICY,
    summary: 'Insert records, or change those that have the value of a unique column already',
    params: tableParams,
    body: z.object({
      records: z
        .array(record.extend({ canary: z.boolean().default(false) }))
        .min(1)
        .max(ROWS_MAX)
        .describe('a canary is planted: any use of it raises an alarm'),
      tokenization: z.boolean().nullish(),
      upsert: maybe,
      homogeneous: z.boolean().nullish(),
      byot,
    }),
    answers: z.object({ records: z.array(writtenShape) }),
    handle: async (call) => {
      const { params, body } = call;
      const wanted = body.tokenization === true;
      if (body.records.some(({ canary }) => canary)) requirePermission(call.guest, ['data-owner']);
      const rows = body.records.map((one) => {
        const row = insertRow(params.table, one, body.upsert);
        return { row: one.canary ? { ...row, canary: true } : row, tokens: wanted };
      });
      const { vault } = params;
      const terms = { vault, rows, continueOnError: false, bringTokens: bringTokens(body.byot) };
      const outcomes = await writeRows(call, terms);
      return {
        records: outcomes.map((outcome, index) => {
          if (outcome.kind === 'failed') throw outcome.problem;
          const values = body.records[index]?.fields ?? {};
          const given = wanted ? tokensByColumn(outcome, values) : null;
          return { skyflow_id: outcome.record, tokens: given };
        }),
      };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/:table',
    operation: 'getRecords',
    need: POLICY,
    summary: 'Get records by ids, by the values of a unique or indexed column, or page by page',
    params: tableParams,
    query: getQuery,
    answers: z.object({ records: z.array(gotShape) }),
    handle: async (call) => {
      const records = await get(call, call.query);
      if (records.length === 0 && call.query.skyflow_ids.length > 0) throw noRecords();
      return { records: records.map(shown) };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/:table/:id',
    operation: 'getRecord',
    need: POLICY,
    summary: 'Get one record',
    params: recordParams,
    query: getQuery,
    answers: gotShape,
    handle: async (call) => {
      const [found] = await get(call, { ...call.query, skyflow_ids: [call.params.id] });
      if (found === undefined) throw noRecords();
      return shown(found);
    },
  }),
  vaultRoute({
    method: 'PUT',
    path: '/v1/vaults/:vault/:table/:id',
    operation: 'updateRecord',
    need: POLICY,
    summary: 'Change values of a record',
    params: recordParams,
    body: z.object({ record, tokenization: z.boolean().nullish(), byot }),
    answers: writtenShape,
    handle: async (call) => {
      const { params, body } = call;
      const wanted = body.tokenization === true;
      const row: WriteRow = {
        kind: 'update',
        table: params.table,
        id: params.id,
        ...contentOf(body.record),
        ...versionOf(call.header('if-match')),
      };
      const terms = { vault: params.vault, bringTokens: bringTokens(body.byot), tokens: wanted };
      const written = await writeOne(call, { ...terms, row });
      const given = wanted ? tokensByColumn(written, body.record.fields) : null;
      return { skyflow_id: written.record, tokens: given };
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vaults/:vault/:table/:id',
    operation: 'deleteRecord',
    need: POLICY,
    summary: 'Delete a record with its tokens',
    params: recordParams,
    answers: z.object({ skyflow_id: z.string(), deleted: z.literal(true) }),
    handle: async (call) => {
      const { table, id } = call.params;
      await remove(call, { table, ids: [id] });
      return { skyflow_id: id, deleted: true as const };
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vaults/:vault/:table',
    operation: 'deleteRecords',
    need: POLICY,
    summary: 'Delete records with their tokens; `["*"]` deletes all of the table',
    params: tableParams,
    body: z.object({ skyflow_ids: z.array(word).min(1).max(PAGE_MAX) }),
    answers: z.object({ RecordIDResponse: z.array(z.string()) }),
    handle: async (call) => {
      const { skyflow_ids: ids } = call.body;
      return { RecordIDResponse: await remove(call, { table: call.params.table, ids }) };
    },
  }),
];

/** The row an insert means; an empty `upsert` means none. */
export function insertRow(
  table: string,
  content: z.output<typeof record>,
  upsert: string | null,
): Extract<WriteRow, { kind: 'insert' }> {
  return { kind: 'insert', table, ...contentOf(content), upsert };
}

export function contentOf({ fields: values, tokens: brought }: z.output<typeof record>) {
  return brought === undefined ? { fields: values } : { fields: values, tokens: brought };
}

/** `If-Match: "3"`: the version the caller has seen. */
function versionOf(header: string | null): { readonly ifVersion?: number } {
  if (header === null) return {};
  const version = /^"?(?<version>\d{1,9})"?$/u.exec(header)?.groups?.['version'];
  if (version === undefined) throw new Problem('invalid', '`if-match` expected a version');
  return { ifVersion: Number(version) };
}

type RemoveCall = Pick<
  VaultCall<{ vault: string }, unknown, unknown>,
  'room' | 'caller' | 'open' | 'params'
>;

/** The ids that were removed; throws the first problem when none was. */
export async function remove(
  call: RemoveCall,
  { table: name, ids }: { readonly table: string; readonly ids: readonly string[] },
): Promise<string[]> {
  const { schema, rulings } = await call.open(call.params.vault);
  const table = requireTable(schema, name);
  const all = ids.length === 1 && ids[0] === '*';
  const removals = await call.room.vaults.remove({
    caller: call.caller,
    vault: schema.id,
    table: table.name,
    records: all ? 'all' : ids,
    ruling: rulings.for('delete'),
    read: rulings.for('read'),
  });
  const refused = removals.find(({ problem }) => problem !== null)?.problem;
  const removed = removals.filter(({ problem }) => problem === null).map(({ id }) => id);
  if (refused && (removed.length === 0 || refused.code === 'denied')) throw refused;
  return removed;
}

/** One answer for what never was, was deleted, and may not be seen. */
function noRecords(): Problem {
  return new Problem('not-found', 'no records found for these ids');
}
