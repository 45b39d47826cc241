import { z } from 'zod';
import {
  createSubject,
  findSubject,
  grantPermission,
  joinTeam,
  listSubjects,
  removeSubject,
  revokePermission,
  setAttribute,
  setDisplayName,
  setPassword,
  setSubjectState,
} from '#control/identity';
import { requireSession } from './guard.ts';
import { permission, selfOr } from './need.ts';
import { route } from './route.ts';
import { moment, nameParams, page, pageOf, pageQuery } from './shape.ts';
import { permissionName, secretText, text, word } from './shape.ts';

const area = 'people';
const READERS = permission('user-admin', 'governor', 'auditor');
const ADMIN = permission('user-admin');

const subjectShape = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'service']),
  displayName: z.string(),
  state: z.enum(['active', 'locked', 'disabled']),
  groups: z.array(z.string()),
  attributes: z.record(z.string(), z.array(z.string())),
  permissions: z.array(permissionName),
  password: z.enum(['none', 'temporary', 'set']),
  createdAt: moment,
});

const values = z.array(z.string().max(400)).max(1_000);

const newSubject = z.object({
  name: word,
  kind: z.enum(['person', 'service']).default('person'),
  displayName: text.optional(),
  password: secretText.optional(),
  temporary: z.boolean().default(true).describe('they must choose another before anything else'),
  groups: z.array(word).max(1_000).default([]),
  attributes: z.record(word, values).default({}),
  permissions: z.array(permissionName).default([]),
});

export const subjectRoutes = [
  route({
    method: 'GET',
    path: '/users',
    need: READERS,
    area,
    summary: 'List people and service accounts',
    query: pageQuery.extend({ kind: z.enum(['person', 'service']).optional() }),
    answers: pageOf(subjectShape),
    handle: async ({ room, query }) => {
      const found = await listSubjects(room.office.pool, query);
      return page(found, query.limit, (subject) => subject.name);
    },
  }),
  route({
    method: 'POST',
    path: '/users',
    need: ADMIN,
    area,
    summary: 'Create a person or a service account',
    body: newSubject,
    answers: subjectShape,
    status: 201,
    handle: ({ body, caller, does }) => {
      if (body.password !== undefined || body.permissions.length > 0) requireSession(caller());
      return does(async (work) => {
        const id = await createSubject(work, body);
        if (body.password !== undefined) {
          await setPassword(work, id, { text: body.password, temporary: body.temporary });
        }
        for (const team of body.groups) await joinTeam(work, { team, subject: id });
        for (const [key, held] of Object.entries(body.attributes)) {
          await setAttribute(work, id, { key, values: held });
        }
        for (const one of body.permissions) await grantPermission(work, id, one);
        return findSubject(work.tx, id);
      });
    },
  }),
  route({
    method: 'GET',
    path: '/users/:name',
    need: selfOr('user-admin', 'governor', 'auditor'),
    area,
    summary: 'Show a person or service account',
    params: nameParams,
    answers: subjectShape,
    handle: ({ room, params }) => findSubject(room.office.pool, params.name),
  }),
  route({
    method: 'PATCH',
    path: '/users/:name',
    need: ADMIN,
    area,
    summary: 'Lock, disable or open an account, or change its display name',
    params: nameParams,
    body: z.object({
      state: z.enum(['active', 'locked', 'disabled']).optional(),
      displayName: text.optional(),
    }),
    answers: subjectShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        if (body.displayName !== undefined) {
          await setDisplayName(work, params.name, body.displayName);
        }
        if (body.state !== undefined) await setSubjectState(work, params.name, body.state);
        return findSubject(work.tx, params.name);
      }),
  }),
  route({
    method: 'DELETE',
    path: '/users/:name',
    need: ADMIN,
    area,
    summary: 'Remove an account',
    params: nameParams,
    handle: async ({ params, does }) => {
      await does((work) => removeSubject(work, params.name));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/users/:name/password',
    need: ADMIN,
    by: 'session',
    area,
    summary: 'Give somebody a new password; their sessions end',
    params: nameParams,
    body: z.object({ password: secretText, temporary: z.boolean().default(true) }),
    handle: async ({ params, body, does }) => {
      const { password, temporary } = body;
      await does((work) => setPassword(work, params.name, { text: password, temporary }));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/users/:name/attributes/:key',
    need: ADMIN,
    area,
    summary: 'Make an attribute hold exactly these values',
    params: nameParams.extend({ key: word }),
    body: z.object({ values }),
    handle: async ({ params, body, does }) => {
      const setting = { key: params.key, values: body.values };
      await does((work) => setAttribute(work, params.name, setting));
      return undefined;
    },
  }),
  route({
    method: 'DELETE',
    path: '/users/:name/attributes/:key',
    need: ADMIN,
    area,
    summary: 'Remove an attribute',
    params: nameParams.extend({ key: word }),
    handle: async ({ params, does }) => {
      await does((work) => setAttribute(work, params.name, { key: params.key, values: [] }));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/users/:name/permissions/:permission',
    need: ADMIN,
    by: 'session',
    area,
    summary: 'Give a permission',
    params: nameParams.extend({ permission: permissionName }),
    handle: async ({ params, does }) => {
      await does((work) => grantPermission(work, params.name, params.permission));
      return undefined;
    },
  }),
  route({
    method: 'DELETE',
    path: '/users/:name/permissions/:permission',
    need: ADMIN,
    by: 'session',
    area,
    summary: 'Take a permission away',
    params: nameParams.extend({ permission: permissionName }),
    handle: async ({ params, does }) => {
      await does((work) => revokePermission(work, params.name, params.permission));
      return undefined;
    },
  }),
];
