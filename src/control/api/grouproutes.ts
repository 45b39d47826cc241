import { z } from 'zod';
import {
  createTeam,
  findTeam,
  joinTeam,
  leaveTeam,
  listTeams,
  removeTeam,
} from '#control/identity';
import { permission } from './need.ts';
import { route } from './route.ts';
import { nameParams, text, word } from './shape.ts';

const area = 'groups';
const READERS = permission('user-admin', 'governor', 'auditor');
const ADMIN = permission('user-admin');

const groupShape = z.object({
  name: z.string(),
  description: z.string(),
  members: z.array(z.string()),
});

export const groupRoutes = [
  route({
    method: 'GET',
    path: '/groups',
    need: READERS,
    area,
    summary: 'List groups with their members',
    answers: z.object({ items: z.array(groupShape) }),
    handle: async ({ room }) => ({ items: await listTeams(room.office.pool) }),
  }),
  route({
    method: 'POST',
    path: '/groups',
    need: ADMIN,
    area,
    summary: 'Create a group',
    body: z.object({ name: word, description: text.optional() }),
    answers: groupShape,
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => {
        await createTeam(work, body);
        return findTeam(work.tx, body.name);
      }),
  }),
  route({
    method: 'GET',
    path: '/groups/:name',
    need: READERS,
    area,
    summary: 'Show a group',
    params: nameParams,
    answers: groupShape,
    handle: ({ room, params }) => findTeam(room.office.pool, params.name),
  }),
  route({
    method: 'DELETE',
    path: '/groups/:name',
    need: ADMIN,
    area,
    summary: 'Remove a group; its members stay',
    params: nameParams,
    handle: async ({ params, does }) => {
      await does((work) => removeTeam(work, params.name));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/groups/:name/members/:user',
    need: ADMIN,
    area,
    summary: 'Put somebody into a group',
    params: nameParams.extend({ user: word }),
    handle: async ({ params, does }) => {
      await does((work) => joinTeam(work, { team: params.name, subject: params.user }));
      return undefined;
    },
  }),
  route({
    method: 'DELETE',
    path: '/groups/:name/members/:user',
    need: ADMIN,
    area,
    summary: 'Take somebody out of a group',
    params: nameParams.extend({ user: word }),
    handle: async ({ params, does }) => {
      await does((work) => leaveTeam(work, { team: params.name, subject: params.user }));
      return undefined;
    },
  }),
];
