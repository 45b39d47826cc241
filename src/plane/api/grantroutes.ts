import { z } from 'zod';
import { CAPABILITIES, REASONS } from '#plane/operator';
import type { Decision, KeptGrant } from '#plane/operator';
import type { Caller } from './guard.ts';
import { permission } from './need.ts';
import { partyOf, personOf, personShape } from './party.ts';
import { route } from './route.ts';
import { momentOf, word } from './shape.ts';

const area = 'grants';
const ASKER = permission('operator');
const DECIDER = permission('governor', 'data-owner');
const READER = permission('governor', 'data-owner', 'auditor', 'operator');

const idParams = z.object({ id: z.string().regex(/^grt_[0-9a-z]{26}$/u) });
const moment = z.iso.datetime().nullable();

const grantShape = z.object({
  id: z.string(),
  operator: personShape.describe('whoever asked'),
  capability: z.enum(CAPABILITIES),
  reason: z.enum(REASONS),
  ticket: z.string(),
  scope: z.array(z.string()),
  rowsMax: z.number(),
  minutes: z.number(),
  emergency: z.boolean(),
  approvalsNeeded: z.number(),
  approvers: z.array(personShape),
  requestedAt: z.iso.datetime(),
  stage: z.enum(['requested', 'active', 'ended', 'reviewed']),
  activeFrom: moment,
  notAfter: moment,
  ended: z.string().nullable().describe('how it ended'),
  endedAt: moment,
  rowsUsed: z.number(),
  itemsUsed: z.number(),
  leaves: z
    .array(z.number())
    .describe('indices of the leaves it rests on: request, approvals, activation'),
});

const wish = z.object({
  capability: z.enum(CAPABILITIES),
  reason: z.enum(REASONS),
  ticket: z.string().min(1).max(256).describe('number or address of the ticket'),
  scope: z
    .array(word)
    .max(64)
    .nullish()
    .describe('views, operations or channels; all that the capability has without it'),
  rows: z.int().min(1).nullish().describe('rows it may show; 200 without it'),
  minutes: z.int().min(1).nullish().describe('60 without it, 480 at most'),
  emergency: z.boolean().nullish().describe('begin without approval, where that is allowed'),
});

const DECISIONS = [
  ['approve', DECIDER, 'Approve a request; whoever asked cannot, nor can another operator'],
  ['refuse', DECIDER, 'Refuse a request'],
  ['revoke', DECIDER, 'End a grant that is in force, at once'],
  ['withdraw', ASKER, 'Take back a request of your own'],
  ['close', ASKER, 'End a grant of your own before its time'],
] as const satisfies readonly (readonly [Decision, typeof ASKER, string])[];

export const grantRoutes = [
  route({
    method: 'GET',
    path: '/grants',
    operation: 'listGrants',
    need: READER,
    area,
    summary: 'List requests and grants of operators, the newest first',
    answers: z.object({ items: z.array(grantShape) }),
    handle: async ({ room, caller }) => ({
      items: (await room.operator.grants.list()).map((kept) => shownGrant(kept, caller)),
    }),
  }),
  route({
    method: 'POST',
    path: '/grants',
    operation: 'requestGrant',
    need: ASKER,
    area,
    summary: 'Ask for access; it is in force once a person of the customer approves it',
    body: wish,
    answers: grantShape,
    status: 201,
    perMinute: 30,
    handle: async (call) => {
      const { scope = null, rows = null, minutes = null, emergency, ...rest } = call.body;
      const asked = { ...rest, scope, rowsMax: rows, minutes, emergency: emergency === true };
      const kept = await call.room.operator.grants.request(asked, partyOf(call));
      return shownGrant(kept, call.caller);
    },
  }),
  route({
    method: 'GET',
    path: '/grants/:id',
    operation: 'showGrant',
    need: READER,
    area,
    summary: 'Show a request or grant',
    params: idParams,
    answers: grantShape,
    handle: async ({ room, params, caller }) =>
      shownGrant(await room.operator.grants.find(params.id), caller),
  }),
  ...DECISIONS.map(([decision, need, summary]) =>
    route({
      method: 'POST',
      path: `/grants/:id/${decision}`,
      operation: `${decision}Grant`,
      need,
      area,
      summary,
      params: idParams,
      answers: grantShape,
      perMinute: 60,
      handle: async (call) => {
        const { room, params, caller } = call;
        const kept = await room.operator.grants.decide(params.id, decision, partyOf(call));
        return shownGrant(kept, caller);
      },
    }),
  ),
  route({
    method: 'POST',
    path: '/grants/:id/review',
    operation: 'reviewGrant',
    need: DECIDER,
    area,
    summary: 'Say that what was done under a grant that ended was in order, or not',
    params: idParams,
    body: z.object({
      verdict: z.enum(['in-order', 'objection']),
      note: z.string().min(1).max(1_000).nullish(),
    }),
    answers: grantShape,
    perMinute: 60,
    handle: async (call) => {
      const { verdict, note = null } = call.body;
      const found = { verdict, note };
      const { room, params, caller } = call;
      return shownGrant(await room.operator.grants.review(params.id, found, partyOf(call)), caller);
    },
  }),
];

function shownGrant(kept: KeptGrant, caller: Caller): z.output<typeof grantShape> {
  const { grant, requestLeaf, approvals, activatedLeaf } = kept;
  const { stage } = grant;
  const force = stage.kind === 'requested' ? null : stage.kind === 'active' ? stage : stage.force;
  const end = stage.kind === 'ended' || stage.kind === 'reviewed' ? stage.end : null;
  const { id, capability, reason, ticket, rowsMax, emergency, approvalsNeeded } = grant;
  const asked = { id, capability, reason, ticket, rowsMax, emergency, approvalsNeeded };
  return {
    ...asked,
    operator: personOf(caller, grant.operator),
    scope: [...grant.scope],
    minutes: grant.durationMs / 60_000,
    approvers: grant.approvers.map((one) => personOf(caller, one)),
    requestedAt: momentOf(grant.requestedAtMs),
    stage: stage.kind,
    activeFrom: force === null ? null : momentOf(force.fromMs),
    notAfter: force === null ? null : momentOf(force.notAfterMs),
    ended: end?.how ?? null,
    endedAt: end === null ? null : momentOf(end.atMs),
    rowsUsed: grant.rowsUsed,
    itemsUsed: grant.itemsUsed,
    leaves: [
      requestLeaf,
      ...approvals.map(({ leaf }) => leaf),
      ...(activatedLeaf === null ? [] : [activatedLeaf]),
    ],
  };
}
