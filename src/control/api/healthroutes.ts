import { z } from 'zod';
import { ownsSource, sourceId } from '#control/catalog';
import { healthShape, reportShape } from '#engines/report';
import { healthOf, reportData, usageOf, usageOfSource } from '#control/observe';
import { hasAny, permission } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'observe';
const LOOK = permission('data-owner', 'operator', 'governor', 'auditor');

/** Who asked for what is told to these, and to the owners of what was asked for. */
const SEE_PEOPLE = ['governor', 'auditor'] as const;

const days = z.coerce.number().int().min(1).max(3_660).default(30);

export const healthRoutes = [
  route({
    method: 'GET',
    path: '/observe/health',
    need: LOOK,
    area,
    summary: 'Say how well the data is, by dimension and by table, and how far it is watched',
    answers: healthShape,
    handle: ({ room }) => healthOf(room.office.pool, room.office.clock()),
  }),
  route({
    method: 'GET',
    path: '/observe/usage',
    need: LOOK,
    area,
    summary: 'Say which sources are used most, which statements cost most, and what nobody uses',
    query: z.object({ days, limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    answers: z.object({
      since: moment,
      sources: z.array(
        z.object({
          source: z.string(),
          statements: z.number(),
          refused: z.number(),
          people: z.number(),
          rows: z.number(),
          seconds: z.number(),
          lastAt: moment,
        }),
      ),
      shapes: z.array(
        z.object({
          fingerprint: z.string(),
          sources: z.array(z.string()),
          statements: z.number(),
          rows: z.number(),
          seconds: z.number(),
          slowestMs: z.number(),
          lastAt: moment,
        }),
      ),
      unused: z.array(
        z.object({
          source: z.string(),
          owners: z.array(z.string()),
          lastAt: moment.nullable(),
        }),
      ),
    }),
    handle: ({ room, query }) =>
      usageOf(room.office.pool, { nowMs: room.office.clock(), ...query }),
  }),
  route({
    method: 'GET',
    path: '/observe/usage/:source',
    need: LOOK,
    area,
    summary:
      'Say which columns of a source are used, and, to its owners, auditors and governors, by whom',
    params: z.object({ source: word }),
    query: z.object({ days }),
    answers: z.object({
      people: z.array(
        z.object({
          subject: z.string(),
          statements: z.number(),
          refused: z.number(),
          rows: z.number(),
          seconds: z.number(),
          lastAt: moment,
        }),
      ),
      columns: z.array(
        z.object({ column: z.string(), statements: z.number(), masked: z.number() }),
      ),
    }),
    handle: async ({ room, params, query, caller }) => {
      const { pool, clock } = room.office;
      const { id } = await sourceId(pool, params.source);
      const usage = await usageOfSource(pool, id, { nowMs: clock(), ...query });
      const asker = caller();
      const mayKnow = hasAny(asker, SEE_PEOPLE) || (await ownsSource(pool, id, asker.id));
      return mayKnow ? usage : { ...usage, people: [] };
    },
  }),
  route({
    method: 'GET',
    path: '/observe/report',
    need: LOOK,
    area,
    summary: 'Give everything a report shows, for `privet observe report` to make one of',
    query: z.object({ days: z.coerce.number().int().min(1).max(366).default(14) }),
    answers: reportShape,
    handle: ({ room, query }) =>
      reportData(room.office.pool, { nowMs: room.office.clock(), days: query.days }),
  }),
];
