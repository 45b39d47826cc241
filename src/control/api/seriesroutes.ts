import { z } from 'zod';
import {
  changeSetting,
  chooseScoring,
  findSeries,
  listSeries,
  readSetting,
  retentionShape,
  sayFeedback,
  scoringShape,
  SEVERITIES,
  simulateAll,
  simulateSeries,
  unsayFeedback,
} from '#control/observe';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'observe';
const LOOK = permission('data-owner', 'operator', 'governor', 'auditor');
const TUNE = permission('data-owner', 'operator', 'governor');
const SET = permission('operator', 'governor');

const direction = z.enum(['both', 'spike', 'drop']);
const verdictShape = z.looseObject({
  atMs: z.number(),
  value: z.number().nullable(),
  kind: z.enum(['unjudged', 'normal', 'anomalous']),
});

const seriesShape = z.object({
  id: z.number(),
  place: z.string(),
  column: z.string().nullable(),
  metric: z.string(),
  name: z.string(),
  categoryOf: z.array(z.string()),
  origin: z.string(),
  bucketSeconds: z.number().nullable(),
  timeZone: z.string(),
  direction,
  severity: z.enum(SEVERITIES),
  points: z.number(),
  lastAt: moment.nullable(),
  lastValue: z.number().nullable(),
  verdict: verdictShape.nullable(),
  sentence: z.string().nullable().describe('what the verdict says, with its numbers'),
  failing: z.boolean(),
  settings: scoringShape.nullable().describe('null: those for all'),
});

const simulationShape = z.object({
  judged: z.number(),
  unjudged: z.number(),
  alarmsPerThousand: z.number(),
  alarms: z.array(
    z.object({ fromMs: z.number(), toMs: z.number(), points: z.number(), first: verdictShape }),
  ),
  verdicts: z.array(verdictShape),
});

const settingShape = z.object({ scoring: scoringShape, retention: retentionShape });
const params = z.object({ series: z.coerce.number().int().min(1) });
const scoringBody = z.object({
  scoring: scoringShape.nullable().describe('null: those for all'),
});

const feedbackShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['normal', 'anomalous', 'new-normal']), at: moment }),
  z.object({ kind: z.literal('exclude'), from: moment, to: moment }),
]);

export const seriesRoutes = [
  route({
    method: 'GET',
    path: '/observe/series',
    need: LOOK,
    area,
    summary: 'List series with their newest point and what is said of it',
    query: z.object({
      place: word.optional().describe('full name of a table, or id of a source'),
      metric: word.optional(),
      failing: z.stringbool().optional(),
      after: z.coerce.number().int().min(0).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    answers: z.object({ items: z.array(seriesShape), next: z.number().nullable() }),
    handle: async ({ room, query }) => {
      const items = await listSeries(room.office.pool, query);
      const last = items.at(-1);
      const full = items.length >= query.limit;
      return { items, next: full && last !== undefined ? last.id : null };
    },
  }),
  route({
    method: 'GET',
    path: '/observe/series/:series',
    need: LOOK,
    area,
    summary: 'Show a series: every point that is kept, with what is said of it',
    params,
    answers: z.object({ series: seriesShape, history: simulationShape }),
    handle: async ({ room, params }) => {
      const series = await findSeries(room.office.pool, params.series);
      const history = await simulateSeries(room.office.pool, params.series, null);
      return { series, history };
    },
  }),
  route({
    method: 'POST',
    path: '/observe/series/:series/simulate',
    need: LOOK,
    area,
    summary: 'Say what settings would have done to a series, without keeping them',
    params,
    body: scoringBody,
    answers: simulationShape,
    handle: ({ room, params, body }) =>
      simulateSeries(room.office.pool, params.series, body.scoring),
  }),
  route({
    method: 'PUT',
    path: '/observe/series/:series/settings',
    need: TUNE,
    area,
    summary: 'Give a series settings of its own, or those for all again',
    params,
    body: scoringBody,
    answers: seriesShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await chooseScoring(work, params.series, body.scoring);
        return findSeries(work.tx, params.series);
      }),
  }),
  route({
    method: 'POST',
    path: '/observe/series/:series/feedback',
    need: TUNE,
    area,
    summary:
      'Say what points were: normal, wrong, the beginning of a new normal, or not to be looked at',
    params,
    body: feedbackShape,
    handle: ({ params, body, does }) =>
      does((work) =>
        sayFeedback(
          work,
          params.series,
          body.kind === 'exclude'
            ? { kind: body.kind, fromMs: Date.parse(body.from), toMs: Date.parse(body.to) }
            : { kind: body.kind, atMs: Date.parse(body.at) },
        ),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/observe/series/:series/feedback',
    need: TUNE,
    area,
    summary: 'Take back the last thing that was said of a series',
    params,
    handle: ({ params, does }) => does((work) => unsayFeedback(work, params.series)),
  }),
  route({
    method: 'GET',
    path: '/observe/settings',
    need: LOOK,
    area,
    summary: 'Show how series are judged, and how long each category is kept',
    answers: settingShape,
    handle: ({ room }) => readSetting(room.office.pool),
  }),
  route({
    method: 'PUT',
    path: '/observe/settings',
    need: SET,
    area,
    summary: 'Change how series are judged, or how long each category is kept',
    body: settingShape.partial(),
    answers: settingShape,
    handle: ({ body, does }) =>
      does((work) =>
        changeSetting(work, {
          ...(body.scoring === undefined ? {} : { scoring: body.scoring }),
          ...(body.retention === undefined ? {} : { retention: body.retention }),
        }),
      ),
  }),
  route({
    method: 'POST',
    path: '/observe/settings/simulate',
    need: LOOK,
    area,
    summary: 'Say how many alarms settings for all would have raised, beside those in force',
    body: z.object({ scoring: scoringShape }),
    answers: z.object({
      series: z.number(),
      points: z.number(),
      alarmsNow: z.number(),
      alarmsThen: z.number(),
    }),
    handle: ({ room, body }) => simulateAll(room.office.pool, body.scoring),
  }),
];
