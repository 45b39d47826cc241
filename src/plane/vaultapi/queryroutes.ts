import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { recordsOf } from '#plane/vaultquery';
import { POLICY, vaultRoute } from './route.ts';
import { redaction, vaultParams } from './shape.ts';

/** Longest statement; lists of some thousand values fit. */
const QUERY_CHARACTERS_MAX = 256 * 1024;

/** Times in UTC and numbers without loss, whoever asks from wherever. */
const SETTINGS = [
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
] as const;

const answers = z.object({
  records: z.array(
    z.object({ fields: z.record(z.string(), z.unknown()), tokens: z.null().optional() }),
  ),
});

/** Ends when the caller is gone before it was answered. */
function untilGone({ raw }: Pick<FastifyReply, 'raw'>): AbortController {
  const abort = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) abort.abort();
  });
  return abort;
}

export const queryRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/query',
    operation: 'query',
    need: POLICY,
    summary: 'Answer one SELECT over the tables of a vault, as far as policy shows them',
    params: vaultParams,
    body: z.object({
      query: z
        .string()
        .min(1)
        .max(QUERY_CHARACTERS_MAX)
        .describe('one SELECT in PostgreSQL’s SQL, with `REDACTION(column, level)`'),
      redaction: redaction.describe(
        'level at which a column is meant that is not in REDACTION(), at most; DEFAULT when left out',
      ),
    }),
    answers,
    handle: async (call) => {
      const { body, room, guest, caller } = call;
      const { schema, rulings } = await call.open(call.params.vault);
      const view = { caller, vault: schema, rulings: rulings.query, asked: body.redaction };
      const { statements, shape } = await room.queries.plan(view, body.query, {
        searchPath: ['public'],
        subjectName: guest.subject.name,
        database: schema.name,
        mode: 'splice',
        fence: 'offset',
        settings: {},
      });
      const [statement, ...more] = statements;
      if (statement === undefined || statement.kind !== 'query' || more.length > 0) {
        throw new Problem('invalid', 'query expected one SELECT', {
          hint: 'records are written and deleted through their own paths',
        });
      }
      const { signal } = untilGone(call.reply);
      const served = await room.queries.run({ view, shape, statement, settings: SETTINGS, signal });
      return { records: recordsOf(served).map((fields) => ({ fields })) };
    },
  }),
];
