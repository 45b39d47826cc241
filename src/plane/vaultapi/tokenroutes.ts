import { z } from 'zod';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { ColumnSchema, Detokenised } from '#plane/vault';
import { messageOf } from './envelope.ts';
import type { Guest } from './callers/guest.ts';
import { POLICY, vaultRoute } from './route.ts';
import { awaitsReason } from './ruling.ts';
import { maybe, redaction, vaultParams } from './shape.ts';
import { plainToken } from './callers/signedtoken.ts';

/** Warehouses send up to 4,096 values in one call. */
const TOKENS_MAX = 5_000;
const TOKEN_CHARACTERS_MAX = 8_192;

const detokenizeBody = z.object({
  detokenizationParameters: z
    .array(
      z.object({
        token: z.string().min(1).max(TOKEN_CHARACTERS_MAX),
        redaction: redaction.optional(),
      }),
    )
    .min(1)
    .max(TOKENS_MAX),
  continueOnError: z.boolean().nullish(),
  downloadURL: z.boolean().nullish(),
});

const VALUE_TYPES = [
  'NONE',
  'STRING',
  'INTEGER',
  'FLOAT',
  'BOOL',
  'DATETIME',
  'JSON',
  'ARRAY',
  'DATE',
  'TIME',
] as const;
type ValueType = (typeof VALUE_TYPES)[number];

const TYPE_OF: Readonly<Record<ColumnSchema['type'], ValueType>> = {
  string: 'STRING',
  int32: 'INTEGER',
  int64: 'INTEGER',
  float32: 'FLOAT',
  float64: 'FLOAT',
  bool: 'BOOL',
  date: 'DATE',
  datetime: 'DATETIME',
  time: 'TIME',
  json: 'JSON',
  bytes: 'STRING',
  file: 'NONE',
};

const detokenized = z.object({
  token: z.string(),
  valueType: z.enum(VALUE_TYPES),
  value: z.string(),
  error: z.string().nullable(),
});
type Answer = z.infer<typeof detokenized>;

/** A value as text, as Skyflow gives every one; its type stands beside it. */
function valueText(json: Json): string {
  return typeof json === 'string' ? json : canonicalJson(json);
}

function answerOf(token: string, outcome: Detokenised): Answer {
  if (outcome.kind === 'failed') {
    return { token, valueType: 'NONE', value: '', error: errorText(token, outcome.problem) };
  }
  const { column, redaction: level, json } = outcome;
  const plain = column.isArray ? 'ARRAY' : TYPE_OF[column.type];
  const valueType = level === 'PLAIN_TEXT' ? plain : 'STRING';
  return { token, valueType, value: valueText(json), error: null };
}

function errorText(token: string, problem: Problem): string {
  return problem.code === 'not-found' ? `Tokens not found for ${token}` : messageOf(problem);
}

/** What all tokens failed with: that no token is known is what Skyflow says in its own words. `due`: some table waits for a purpose. */
function commonProblem(problems: readonly Problem[], due: boolean): Problem {
  const [first] = problems;
  const other = problems.find(({ code }) => code !== 'not-found');
  if (first !== undefined && other !== undefined) return other;
  return new Problem(
    'not-found',
    'Detokenize failed. All tokens are invalid. Specify valid tokens.',
    due ? { hint: 'a table of this vault answers for a purpose or a ticket only' } : {},
  );
}

async function detokenize(
  call: Parameters<
    Parameters<
      typeof vaultRoute<
        { vault: string },
        unknown,
        z.output<typeof detokenizeBody>,
        { records: Answer[] }
      >
    >[0]['handle']
  >[0],
): Promise<{ records: Answer[] }> {
  const asked = call.body.detokenizationParameters;
  const { schema, rulings } = await call.open(call.params.vault);
  const plain = asked.map(({ token }) => tokenOrProblem(token, call.guest, call.room.clock()));
  const tokens = plain.flatMap((one, index) =>
    one instanceof Problem ? [] : [{ token: one, redaction: asked[index]?.redaction ?? 'DEFAULT' }],
  );
  const found = [
    ...(tokens.length === 0
      ? []
      : await call.room.vaults.detokenise({
          caller: call.caller,
          vault: schema.id,
          tokens,
          ruling: rulings.for('detokenize'),
          budget: rulings.budget('detokenize', schema.tables),
        })),
  ];
  const outcomes = plain.map((one): Detokenised => {
    if (one instanceof Problem) return { kind: 'failed', problem: one };
    return found.shift() ?? { kind: 'failed', problem: new Problem('internal', 'a token is lost') };
  });
  const problems = outcomes.flatMap((one) => (one.kind === 'failed' ? [one.problem] : []));
  await call.noteDenied(problems);
  const corrupt = problems.find(({ code }) => code === 'corrupt' || code === 'internal');
  if (corrupt !== undefined) throw corrupt;
  const due = schema.tables.some((table) => awaitsReason(rulings.decide('detokenize', table)));
  if (problems.length === outcomes.length) throw commonProblem(problems, due);
  const records = outcomes.map((one, index) => answerOf(asked[index]?.token ?? '', one));
  if (problems.length > 0) await call.reply.status(207).send({ records });
  return { records };
}

function tokenOrProblem(token: string, guest: Guest, nowMs: number): string | Problem {
  try {
    return plainToken(token, guest, nowMs);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}

export const tokenRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/detokenize',
    operation: 'detokenize',
    need: POLICY,
    summary:
      'Give the values behind tokens, as far as policy shows them; 207 when some cannot be given',
    params: vaultParams,
    body: detokenizeBody,
    answers: z.object({ records: z.array(detokenized) }),
    handle: detokenize,
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/tokenize',
    operation: 'tokenize',
    need: POLICY,
    summary: 'Give the deterministic tokens that values of the vault have; makes none',
    params: vaultParams,
    body: z.object({
      tokenizationParameters: z
        .array(
          z.object({
            value: z.string().max(8_192),
            columnGroup: maybe,
            table: maybe,
            column: maybe,
          }),
        )
        .min(1)
        .max(TOKENS_MAX),
    }),
    answers: z.object({ records: z.array(z.object({ token: z.string() })) }),
    handle: async (call) => {
      const { schema, rulings } = await call.open(call.params.vault);
      const outcomes = await call.room.vaults.tokenise({
        caller: call.caller,
        vault: schema.id,
        values: call.body.tokenizationParameters.map(({ value, columnGroup, table, column }) => {
          if (columnGroup !== null) return { value, in: { group: columnGroup } };
          if (table !== null && column !== null) return { value, in: { table, column } };
          throw new Problem('invalid', 'expected `columnGroup`, or `table` and `column`');
        }),
        ruling: rulings.for('tokenize'),
      });
      await call.noteDenied(
        outcomes.flatMap((one) => (one.kind === 'failed' ? [one.problem] : [])),
      );
      return {
        records: outcomes.map((one) => {
          if (one.kind === 'failed') throw one.problem;
          return { token: one.token };
        }),
      };
    },
  }),
];
