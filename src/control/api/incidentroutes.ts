import { z } from 'zod';
import {
  acknowledge,
  assign,
  findIncident,
  listIncidents,
  resolve,
  SEVERITIES,
  SIGNAL_KINDS,
} from '#control/observe';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

const area = 'observe';
const LOOK = permission('data-owner', 'operator', 'governor', 'auditor');
const HANDLE = permission('data-owner', 'operator', 'governor');

const severity = z.enum(SEVERITIES);
const kind = z.enum(SIGNAL_KINDS);

const summaryShape = z.object({
  id: z.string(),
  place: z.string().describe('`<warehouse>.<schema>.<table>`, or the warehouse alone'),
  plane: z.string(),
  source: z.string().nullable().describe('id of the source, where the table is registered as one'),
  severity,
  state: z.enum(['open', 'acknowledged', 'resolved']),
  openedAt: moment,
  changedAt: moment,
  resolvedAt: moment.nullable(),
  resolvedByItself: z.boolean().nullable().describe('everything in it was well again'),
  acknowledgedBy: z.string().nullable(),
  assignee: z.string().nullable(),
  owners: z.array(z.string()),
  failing: z.number().describe('checks that fail now'),
  check: z.string().describe('the worst of its checks'),
  kind,
});

const incidentShape = summaryShape.extend({
  signals: z.array(
    z.object({
      key: z.string(),
      kind,
      check: z.string(),
      column: z.string().nullable(),
      dimension: z.string().nullable(),
      severity,
      state: z.enum(['ok', 'failing']),
      failures: z.number().nullable(),
      since: moment,
      at: moment,
    }),
  ),
  events: z.array(
    z.object({
      at: moment,
      kind: z.string(),
      actor: z.string(),
      check: z.string().nullable(),
      note: z.string(),
    }),
  ),
});

const params = z.object({ incident: word });
const note = z.string().max(200).default('').describe('one line, for the others');

export const incidentRoutes = [
  route({
    method: 'GET',
    path: '/observe/incidents',
    need: LOOK,
    area,
    summary: 'List incidents, newest first',
    query: z.object({
      state: z.enum(['open', 'acknowledged', 'resolved', 'unresolved']).optional(),
      severity: severity.optional().describe('at least this bad'),
      assignee: word.optional(),
      place: word.optional().describe('full name of a table, or id of a source'),
      before: moment.optional().describe('only those opened before'),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    answers: z.object({ items: z.array(summaryShape) }),
    handle: async ({ room, query }) => ({ items: await listIncidents(room.office.pool, query) }),
  }),
  route({
    method: 'GET',
    path: '/observe/incidents/:incident',
    need: LOOK,
    area,
    summary: 'Show an incident: what fails, and what happened',
    params,
    answers: incidentShape,
    handle: ({ room, params }) => findIncident(room.office.pool, params.incident),
  }),
  route({
    method: 'POST',
    path: '/observe/incidents/:incident/acknowledge',
    need: HANDLE,
    area,
    summary: 'Say that you look at an incident: reminders stop',
    params,
    body: z.object({ note }),
    answers: incidentShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await acknowledge(work, params.incident, body.note);
        return findIncident(work.tx, params.incident);
      }),
  }),
  route({
    method: 'PUT',
    path: '/observe/incidents/:incident/assignee',
    need: HANDLE,
    area,
    summary: 'Give an incident to a person, or to nobody',
    params,
    body: z.object({ assignee: word.nullable() }),
    answers: incidentShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await assign(work, params.incident, body.assignee);
        return findIncident(work.tx, params.incident);
      }),
  }),
  route({
    method: 'POST',
    path: '/observe/incidents/:incident/resolve',
    need: HANDLE,
    area,
    summary: 'Close an incident; what still fails opens another at its next failure',
    params,
    body: z.object({ note }),
    answers: incidentShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await resolve(work, params.incident, body.note);
        return findIncident(work.tx, params.incident);
      }),
  }),
];
