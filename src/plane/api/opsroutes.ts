import { z } from 'zod';
import { OUTPUT_ROWS_MAX, OUTPUTS_LISTED_MAX, VIEWS } from '#plane/operator';
import type { Output } from '#plane/operator';
import { partyOf, personOf, personShape } from './party.ts';
import type { Caller } from './guard.ts';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf, word } from './shape.ts';

const area = 'ops';
const READER = permission('governor', 'data-owner', 'auditor');

const grantId = z.string().regex(/^grt_[0-9a-z]{26}$/u);
const outputId = z.string().regex(/^out_[0-9a-z]{26}$/u);
const outputFields = {
  id: z.string(),
  grant: z.string(),
  operator: personShape,
  view: z.string(),
  rows: z.number(),
  at: z.iso.datetime(),
  digest: z.string().describe('SHA-256 of the text that was shown'),
  leaf: z.number().describe('index of the leaf `ops-queried`'),
};
const shownShape = z.object({
  ...outputFields,
  text: z.string().describe('what was shown, word for word: a JSON list of rows'),
});

export const opsRoutes = [
  route({
    method: 'GET',
    path: '/ops/views',
    operation: 'listOpsViews',
    need: permission('governor', 'data-owner', 'auditor', 'operator'),
    area,
    summary: 'List the views about the plane itself that operators may be let see',
    answers: z.object({ items: z.array(z.object({ name: z.string(), doc: z.string() })) }),
    handle: async () => ({ items: VIEWS.map(({ name, doc }) => ({ name, doc })) }),
  }),
  route({
    method: 'POST',
    path: '/ops/query',
    operation: 'queryOps',
    need: permission('operator'),
    area,
    summary: 'Read a view under a grant to observe; what is shown is kept for the customer first',
    body: z.object({
      view: word,
      limit: z.int().min(1).max(OUTPUT_ROWS_MAX).nullish().describe('rows; 50 without it'),
      grant: grantId.nullish().describe('whichever of yours allows it, without it'),
    }),
    answers: shownShape,
    perMinute: 60,
    handle: async (call) => {
      const { view, limit, grant = null } = call.body;
      const wish = { view, limit: limit ?? ROWS, grant };
      const { text, ...output } = await call.room.operator.ops.query(wish, partyOf(call));
      return { ...shownOutput(output, call.caller), text };
    },
  }),
  route({
    method: 'GET',
    path: '/ops/outputs',
    operation: 'listOpsOutputs',
    need: READER,
    area,
    summary: 'List what operators were shown of the views, the newest first',
    query: z.object({
      grant: grantId.optional(),
      before: outputId.optional().describe('only outputs before this one'),
      limit: z.coerce.number().int().min(1).max(OUTPUTS_LISTED_MAX).default(100),
    }),
    answers: z.object({ items: z.array(z.object(outputFields)) }),
    handle: async ({ room, query, caller }) => {
      const { grant = null, before = null, limit } = query;
      const items = await room.operator.ops.outputs({ grant, before, limit });
      return { items: items.map((one) => shownOutput(one, caller)) };
    },
  }),
  route({
    method: 'GET',
    path: '/ops/outputs/:id',
    operation: 'showOpsOutput',
    need: READER,
    area,
    summary: 'Show one output as the operator saw it, held against its leaf',
    params: z.object({ id: outputId }),
    answers: shownShape,
    handle: async ({ room, params, caller }) => {
      const { text, ...output } = await room.operator.ops.output(params.id);
      return { ...shownOutput(output, caller), text };
    },
  }),
];

/** Rows of one answer when nobody says how many. */
const ROWS = 50;

function shownOutput({ atMs, operator, ...output }: Output, caller: Caller) {
  const { id, grant, view, rows, digest, leaf } = output;
  return {
    id,
    grant,
    view,
    rows,
    digest,
    leaf,
    operator: personOf(caller, operator),
    at: momentOf(atMs),
  };
}
