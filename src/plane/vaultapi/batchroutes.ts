import { z } from 'zod';
import { Problem, problemFrom } from '#base/problem';
import type { WriteOutcome } from '#plane/vault';
import { messageOf, statusOf } from './envelope.ts';
import { contentOf, insertRow, remove } from './recordroutes.ts';
import { POLICY, vaultRoute } from './route.ts';
import type { VaultCall } from './route.ts';
import { bringTokens, byot, fields, maybe, redaction, requireTable, tokens } from './shape.ts';
import { tokensByColumn, vaultParams, word } from './shape.ts';
import { writeRows } from './write.ts';
import type { WantedRow } from './write.ts';

const ROWS_MAX = 10_000;

const row = z.object({
  method: z.enum(['POST', 'PUT', 'GET', 'DELETE']).default('POST'),
  tableName: word,
  fields: fields.nullish().transform((given) => given ?? {}),
  tokens,
  ID: maybe,
  upsert: maybe,
  tokenization: z.boolean().nullish(),
  redaction,
  batchID: z.string().max(200).nullish(),
  quorum: z.boolean().nullish(),
});
type BatchRow = z.output<typeof row>;
type BatchCall = VaultCall<
  { vault: string },
  unknown,
  { readonly continueOnError: boolean; readonly byot: z.output<typeof byot> }
>;

/** What one row of a batch answers: Skyflow wraps it in a status only where rows may fail one by one. */
type RowBody = { readonly records: readonly unknown[] };
type RowAnswer =
  | { readonly kind: 'done'; readonly body: RowBody }
  | { readonly kind: 'failed'; readonly problem: Problem };

export const batchRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault',
    operation: 'runBatch',
    need: POLICY,
    summary: 'Insert, change, get and delete records of several tables, one after another',
    params: vaultParams,
    body: z.object({
      records: z.array(row).min(1).max(ROWS_MAX),
      continueOnError: z
        .boolean()
        .nullish()
        .transform((given) => given === true),
      byot,
    }),
    answers: z.object({ vaultID: z.string(), responses: z.array(z.unknown()) }),
    handle: async (call) => {
      const { body, params } = call;
      const answers = body.records.every(isWrite)
        ? await writes(call, body.records)
        : await mixed(call, body.records);
      await call.noteDenied(answers.flatMap((one) => (one.kind === 'failed' ? [one.problem] : [])));
      const responses = answers.map((answer) => {
        if (!body.continueOnError && answer.kind === 'failed') throw answer.problem;
        if (!body.continueOnError) return answer.kind === 'done' ? answer.body : null;
        if (answer.kind === 'done') return { Status: 200, Body: answer.body };
        const { problem } = answer;
        return { Status: statusOf(problem), Body: { error: messageOf(problem) } };
      });
      return { vaultID: params.vault, responses };
    },
  }),
];

function isWrite({ method }: BatchRow): boolean {
  return method === 'POST' || method === 'PUT';
}

function wantedRow(one: BatchRow): WantedRow {
  const content = contentOf(one);
  const wanted = one.tokenization === true;
  if (one.method === 'POST')
    return { row: insertRow(one.tableName, one, one.upsert), tokens: wanted };
  return {
    row: { kind: 'update', table: one.tableName, id: one.ID ?? '', ...content },
    tokens: wanted,
  };
}

/** Every row in one transaction: without `continueOnError`, all of them or none. */
async function writes(call: BatchCall, rows: readonly BatchRow[]): Promise<readonly RowAnswer[]> {
  const { continueOnError } = call.body;
  const outcomes = await writeRows(call, {
    vault: call.params.vault,
    rows: rows.map(wantedRow),
    continueOnError,
    bringTokens: bringTokens(call.body.byot),
  });
  return outcomes.map((outcome, index) => written(outcome, rows[index]));
}

function written(outcome: WriteOutcome, asked: BatchRow | undefined): RowAnswer {
  if (outcome.kind === 'failed') return outcome;
  const wanted = asked?.tokenization === true;
  const tokensGiven = wanted ? tokensByColumn(outcome, asked.fields) : null;
  return { kind: 'done', body: { records: [{ skyflow_id: outcome.record, tokens: tokensGiven }] } };
}

/** Row after row. What is written in between cannot be taken back, so rows must be allowed to fail one by one. */
async function mixed(call: BatchCall, rows: readonly BatchRow[]): Promise<readonly RowAnswer[]> {
  if (!call.body.continueOnError) {
    throw new Problem('invalid', 'a batch that gets or deletes expected `continueOnError: true`', {
      hint: 'or send inserts and changes in a batch of their own: those happen all or not at all',
    });
  }
  const answers: RowAnswer[] = [];
  for (const one of rows) {
    try {
      answers.push(await runOne(call, one));
    } catch (thrown) {
      const problem = problemFrom(thrown);
      if (problem.code === 'internal' || problem.code === 'unavailable') throw thrown;
      answers.push({ kind: 'failed', problem });
    }
  }
  return answers;
}

async function runOne(call: BatchCall, one: BatchRow): Promise<RowAnswer> {
  if (isWrite(one)) {
    const [answer] = await writes(call, [one]);
    if (answer !== undefined) return answer;
  }
  if (one.ID === null) throw new Problem('invalid', '`ID` expected the id of a record');
  if (one.method === 'DELETE') {
    await remove(call, { table: one.tableName, ids: [one.ID] });
    return { kind: 'done', body: { records: [{ skyflow_id: one.ID, deleted: true }] } };
  }
  const { schema, rulings } = await call.open(call.params.vault);
  const table = requireTable(schema, one.tableName);
  const { records } = await call.room.vaults.get({
    caller: call.caller,
    vault: schema.id,
    table: table.name,
    select: { kind: 'ids', ids: [one.ID] },
    ruling: rulings.for('read'),
    redaction: one.redaction,
    budget: rulings.budget('read', [table]),
  });
  const [found] = records;
  if (found === undefined) throw new Problem('not-found', 'no records found for these ids');
  return {
    kind: 'done',
    body: { records: [{ fields: { skyflow_id: found.id, ...found.fields } }] },
  };
}
