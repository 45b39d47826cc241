import { z } from 'zod';
import type { Access, Administrator, SystemView } from '#plane/sources';
import { permission } from './need.ts';
import { route } from './route.ts';
import {
  accessFields,
  findingShape,
  momentOf,
  nameParams,
  schemasField,
  secretField,
  systemShape,
  word,
} from './shape.ts';

const area = 'systems';
/** Also before any policy exists: somebody must make the first database known. */
const REGISTRAR = permission('operator', 'data-owner');
const READER = permission('operator', 'data-owner', 'governor', 'auditor');

const accessShape = z.object(accessFields);
type AccessBody = z.output<typeof accessShape>;

const administratorShape = z
  .object({
    administrator: z
      .object({ user: word, password: secretField.nullish() })
      .nullish()
      .describe('a role that may make roles, used once and kept nowhere; else the registered one'),
  })
  .nullish();

const relationShape = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), notNull: z.boolean() })),
});

export const systemRoutes = [
  route({
    method: 'GET',
    path: '/systems',
    operation: 'listSystems',
    need: READER,
    area,
    summary: 'List the registered source systems',
    answers: z.object({ items: z.array(systemShape) }),
    handle: async ({ room }) => ({ items: (await room.sources.list()).map(shownSystem) }),
  }),
  route({
    method: 'POST',
    path: '/systems/trial',
    operation: 'trySystem',
    need: REGISTRAR,
    area,
    summary: 'Connect to a database and look, without keeping anything',
    body: accessShape.extend({ schemas: schemasField }),
    answers: z.object({
      serverVersion: z.number(),
      relations: z.number(),
      columns: z.number(),
      findings: z.array(findingShape),
    }),
    perMinute: 60,
    handle: ({ room, body, actor }) =>
      room.sources.trial({ access: accessOf(body), schemas: body.schemas ?? null }, actor),
  }),
  route({
    method: 'POST',
    path: '/systems',
    operation: 'registerSystem',
    need: REGISTRAR,
    area,
    summary: 'Register a database, seal its credential and read its dictionary',
    body: accessShape.extend({ name: word, schemas: schemasField }),
    answers: systemShape,
    status: 201,
    perMinute: 60,
    handle: async ({ room, body, actor }) => {
      const { name, schemas = null } = body;
      return shownSystem(
        await room.sources.register({ ...accessOf(body), name, schemas }, actor.id),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/systems/:name',
    operation: 'showSystem',
    need: READER,
    area,
    summary: 'Show a system',
    params: nameParams,
    answers: systemShape,
    handle: async ({ room, params }) => shownSystem(await room.sources.find(params.name)),
  }),
  route({
    method: 'GET',
    path: '/systems/:name/relations',
    operation: 'listRelations',
    need: READER,
    area,
    summary: 'List tables and views of a system as the plane sees them now',
    params: nameParams,
    answers: z.object({ items: z.array(relationShape) }),
    handle: async ({ room, params }) => {
      const { relations } = await room.sources.catalogOf(params.name);
      const columnOf = ({ name, type, notNull }: (typeof relations)[number]['columns'][number]) => {
        return { name, type, notNull };
      };
      const items = relations.map(({ schema, name, kind, columns }) => {
        return { schema, name, kind, columns: columns.map(columnOf) };
      });
      return { items };
    },
  }),
  route({
    method: 'POST',
    path: '/systems/:name/refresh',
    operation: 'refreshSystem',
    need: REGISTRAR,
    area,
    summary: 'Connect to a system now and read its dictionary anew',
    params: nameParams,
    answers: systemShape,
    perMinute: 60,
    handle: async ({ room, params }) => shownSystem(await room.sources.refresh(params.name)),
  }),
  route({
    method: 'PUT',
    path: '/systems/:name/access',
    operation: 'changeSystemAccess',
    need: REGISTRAR,
    area,
    summary: 'Replace how a system is reached, once that works',
    params: nameParams,
    body: accessShape,
    answers: systemShape,
    perMinute: 60,
    handle: async ({ room, params, body, actor }) =>
      shownSystem(await room.sources.changeAccess(params.name, accessOf(body), actor)),
  }),
  route({
    method: 'DELETE',
    path: '/systems/:name',
    operation: 'forgetSystem',
    need: REGISTRAR,
    area,
    summary: 'Forget a system and its credential',
    params: nameParams,
    handle: async ({ room, params, actor }) => {
      await room.sources.forget(params.name, actor);
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/systems/:name/harden',
    operation: 'hardenSystem',
    need: REGISTRAR,
    area,
    summary: 'Give a system a role without rights on tables, and check that the server refuses it',
    params: nameParams,
    body: administratorShape,
    answers: z.object({
      outcome: z.enum(['hardened', 'refused']),
      role: z.string(),
      findings: z.array(findingShape),
    }),
    perMinute: 60,
    handle: ({ room, params, body, actor }) =>
      room.sources.harden(params.name, administratorOf(body), actor),
  }),
  route({
    method: 'POST',
    path: '/systems/:name/unharden',
    operation: 'unhardenSystem',
    need: REGISTRAR,
    area,
    summary: 'Take role and views out of a system again',
    params: nameParams,
    body: administratorShape,
    perMinute: 60,
    handle: async ({ room, params, body, actor }) => {
      await room.sources.unharden(params.name, administratorOf(body), actor);
      return undefined;
    },
  }),
];

function accessOf(body: AccessBody): Access {
  const { connection, password = null, authorities = null } = body;
  return { connection, password, authorities };
}

function administratorOf(body: z.output<typeof administratorShape>): Administrator | null {
  const given = body?.administrator;
  return given == null ? null : { user: given.user, password: given.password ?? null };
}

function shownSystem(view: SystemView) {
  const { registeredAtMs, refreshedAtMs, ...rest } = view;
  return {
    ...rest,
    registeredAt: momentOf(registeredAtMs),
    refreshedAt: momentOf(refreshedAtMs),
  };
}
