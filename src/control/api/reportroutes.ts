import { z } from 'zod';
import { hasAny, permission, SESSION } from './need.ts';
import { HIDDEN_TABLE } from '#control/access';
import type { ReportedDecision } from './report.ts';
import { listDecisions, listHealth, listHeartbeats, listLogins } from './report.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'reports';
const effect = z.enum(['allow', 'deny', 'refused', 'failed']);

const decisionShape = z.object({
  plane: z.string(),
  number: z.number(),
  at: moment,
  subject: z.string(),
  project: z.string().nullable(),
  purpose: z.string().nullable(),
  door: z.string(),
  mode: z.string(),
  operation: z.string().describe('`select`, or what a vault was asked'),
  requests: z.number().describe('equal ones of a minute at a vault are one line'),
  effect,
  bundleSerial: z.number(),
  sources: z.array(
    z.object({
      source: z.string(),
      decision: z.string().describe('`privet policy explain` takes this id'),
      effect: z.enum(['allow', 'deny']),
      filtered: z.boolean(),
      columns: z.array(z.object({ name: z.string(), show: z.enum(['clear', 'hidden', 'mask']) })),
    }),
  ),
  rows: z.number(),
  durationMicros: z.number(),
  fingerprint: z.string().nullable(),
});

/** One's own decision about a vault: columns of which nothing shows are not named, nor tables of which nothing does. */
function ownDecisionLine(one: ReportedDecision): ReportedDecision {
  if (one.mode !== 'vault') return one;
  const sources = one.sources.map((line) => ({
    ...line,
    source: line.effect === 'allow' ? line.source : HIDDEN_TABLE,
    columns: line.columns.filter(({ show }) => show !== 'hidden'),
  }));
  return { ...one, sources };
}

const window = z.object({
  subject: word.optional(),
  before: moment.optional().describe('only before this moment'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

export const reportRoutes = [
  route({
    method: 'GET',
    path: '/decisions',
    need: SESSION,
    area,
    summary:
      'List decisions, newest first: everybody’s for those who may see them, your own otherwise',
    query: window.extend({
      effect: effect.optional(),
      decision: word.optional(),
      source: word.optional(),
    }),
    answers: z.object({ items: z.array(decisionShape) }),
    handle: async ({ room, query, caller }) => {
      const all = hasAny(caller(), ['auditor', 'governor']);
      const subject = all ? query.subject : caller().name;
      const items = await listDecisions(room.office.pool, { ...query, subject });
      if (all) return { items };
      // What is not told must not be found by, either.
      const own = items.map(ownDecisionLine);
      const told = own.filter(({ sources }) =>
        sources.some(({ source }) => source !== HIDDEN_TABLE),
      );
      return { items: query.source === undefined ? own : told };
    },
  }),
  route({
    method: 'GET',
    path: '/logins',
    need: permission('auditor', 'user-admin'),
    area,
    summary: 'List log-ins at the doors of planes, newest first',
    query: window,
    answers: z.object({
      items: z.array(
        z.object({
          plane: z.string(),
          at: moment,
          door: z.string(),
          outcome: z.enum(['accepted', 'refused']),
          method: z.string(),
          subject: z.string().nullable(),
          reason: z.string(),
        }),
      ),
    }),
    handle: async ({ room, query }) => ({ items: await listLogins(room.office.pool, query) }),
  }),
  route({
    method: 'GET',
    path: '/health',
    need: permission('operator', 'auditor', 'governor', 'data-owner'),
    area,
    summary: 'Say how the planes and their parts are, as they last reported',
    query: z.object({ plane: word.optional() }),
    answers: z.object({
      items: z.array(
        z.object({
          plane: z.string(),
          component: z.string(),
          system: z.string().nullable(),
          state: z.enum(['ok', 'degraded', 'down']),
          code: z.string(),
          at: moment,
        }),
      ),
      heartbeats: z.array(
        z.object({
          plane: z.string(),
          at: moment,
          bundleSerial: z.number(),
          bundleState: z.enum(['none', 'fresh', 'stale']),
          ledgerSize: z.number(),
          ledgerChain: z.string(),
          outboxWaiting: z.number(),
          connections: z.number(),
        }),
      ),
    }),
    handle: async ({ room, query }) => ({
      items: await listHealth(room.office.pool, query.plane),
      heartbeats: await listHeartbeats(room.office.pool),
    }),
  }),
];
