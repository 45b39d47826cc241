import { z } from 'zod';
import {
  enrolPlane,
  findPlane,
  listPlanes,
  rollPlaneToken,
  setPlaneState,
} from '#control/identity';
import { permission, SESSION } from './need.ts';
import { route } from './route.ts';
import { moment, nameParams, text, word } from './shape.ts';

const area = 'planes';
const OPERATOR = permission('operator');

const planeShape = z.object({
  name: z.string(),
  region: z.string(),
  url: z.string(),
  state: z.enum(['active', 'disabled']),
  enrolledAt: moment,
  seenAt: moment.nullable(),
  bundleSerial: z.number(),
  actsWaiting: z.number().describe('administrative acts the plane has not yet in its ledger'),
  certificate: z
    .string()
    .nullable()
    .describe('SHA-256 of the client certificate the plane must show; null before its first call'),
});

const tokenShape = z.object({
  name: z.string(),
  token: z.string().describe('never shown again'),
});

export const planeRoutes = [
  route({
    method: 'GET',
    path: '/planes',
    need: SESSION,
    area,
    summary: 'List the data planes and where they are reached',
    answers: z.object({ items: z.array(planeShape) }),
    handle: async ({ room }) => ({ items: await listPlanes(room.office.pool) }),
  }),
  route({
    method: 'POST',
    path: '/planes',
    need: OPERATOR,
    by: 'session',
    area,
    summary: 'Enrol a data plane; its token is shown once',
    body: z.object({ name: word, url: word, region: text.optional() }),
    answers: tokenShape,
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => ({ name: body.name, token: await enrolPlane(work, body) })),
  }),
  route({
    method: 'GET',
    path: '/planes/:name',
    need: SESSION,
    area,
    summary: 'Show a data plane',
    params: nameParams,
    answers: planeShape,
    handle: ({ room, params }) => findPlane(room.office.pool, params.name),
  }),
  route({
    method: 'PATCH',
    path: '/planes/:name',
    need: OPERATOR,
    area,
    summary: 'Shut a plane out, or let it in again',
    params: nameParams,
    body: z.object({ state: z.enum(['active', 'disabled']) }),
    answers: planeShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await setPlaneState(work, params.name, body.state);
        return findPlane(work.tx, params.name);
      }),
  }),
  route({
    method: 'POST',
    path: '/planes/:name/token',
    need: OPERATOR,
    by: 'session',
    area,
    summary: 'Give a plane a new token; the old one stops working at once',
    params: nameParams,
    answers: tokenShape,
    status: 201,
    handle: ({ params, does }) =>
      does(async (work) => ({
        name: params.name,
        token: await rollPlaneToken(work, params.name),
      })),
  }),
];
