import { z } from 'zod';
import { describe, findSource, listSources, listSystems, review } from '#control/catalog';
import { addOwner, addTag, dropOwner, dropTag, setSourceState } from '#control/catalog';
import { hasAny, ownerOr, permission, SESSION } from './need.ts';
import { route } from './route.ts';
import type { Call } from './route.ts';
import { moment, page, pageOf, pageQuery, tagShape, text, word } from './shape.ts';

const area = 'sources';
const READERS = ['governor', 'data-owner', 'auditor', 'operator'] as const;
const CURATORS = ownerOr('governor');

const summaryShape = z.object({
  id: z.string(),
  plane: z.string(),
  fullName: z.string(),
  system: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  state: z.enum(['active', 'disabled', 'removed']),
  description: z.string(),
  owners: z.array(z.string()),
  tags: z.array(tagShape),
  columnCount: z.number(),
  unreviewedCount: z.number().describe('columns tagged `New`'),
  reviewedAt: moment.nullable(),
  reviewedBy: z.string().nullable(),
});

const sourceShape = summaryShape.extend({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      notNull: z.boolean(),
      inKey: z.boolean(),
      description: z.string(),
      tags: z.array(tagShape),
    }),
  ),
  foreignKeys: z.array(
    z.object({
      columns: z.array(z.string()),
      schema: z.string(),
      name: z.string(),
      references: z.array(z.string()),
    }),
  ),
});

const systemShape = z.object({
  plane: z.string(),
  id: z.string(),
  name: z.string(),
  mode: z.enum(['splice', 'hardened']),
  engine: z.enum(['postgresql', 'vault']),
  serverVersion: z.number(),
  sourceCount: z.number(),
  unreviewedCount: z.number(),
  registeredAt: moment,
  updatedAt: moment,
});

const sourceParams = z.object({ source: word.describe('id, or `<system>.<schema>.<table>`') });
const columnParams = sourceParams.extend({ column: word });
const tagBody = z
  .object({ define: z.boolean().default(false).describe('make the tag known when it is not') })
  .nullish();
const descriptionBody = z.object({ description: text });

export const sourceRoutes = [
  route({
    method: 'GET',
    path: '/systems',
    need: permission(...READERS),
    area,
    summary: 'List the registered databases, and the vaults',
    query: z.object({ plane: word.optional() }),
    answers: z.object({ items: z.array(systemShape) }),
    handle: async ({ room, query }) => ({
      items: await listSystems(room.office.pool, query.plane),
    }),
  }),
  route({
    method: 'GET',
    path: '/sources',
    need: SESSION,
    area,
    summary: 'List sources: all for those who may read the catalog, your own otherwise',
    query: pageQuery.extend({
      plane: word.optional(),
      system: word.optional(),
      state: z.enum(['active', 'disabled', 'removed']).optional(),
      tag: word.optional(),
      search: word.optional().describe('part of a name, description, column or tag'),
    }),
    answers: pageOf(summaryShape),
    handle: async ({ room, query, caller }) => {
      const ownerId = hasAny(caller(), READERS) ? undefined : caller().id;
      const found = await listSources(room.office.pool, { ...query, ownerId });
      return page(found, query.limit, (source) => source.fullName);
    },
  }),
  route({
    method: 'GET',
    path: '/sources/:source',
    need: ownerOr(...READERS),
    area,
    summary: 'Show a source with its columns',
    params: sourceParams,
    answers: sourceShape,
    handle: ({ room, params }) => findSource(room.office.pool, params.source),
  }),
  route({
    method: 'PATCH',
    path: '/sources/:source',
    need: CURATORS,
    area,
    summary: 'Describe a source, or shut it for everybody',
    params: sourceParams,
    body: z.object({
      description: text.optional(),
      state: z.enum(['active', 'disabled']).optional(),
    }),
    answers: sourceShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        if (body.description !== undefined) await describe(work, params, body.description);
        if (body.state !== undefined) await setSourceState(work, params.source, body.state);
        return findSource(work.tx, params.source);
      }),
  }),
  route({
    method: 'PATCH',
    path: '/sources/:source/columns/:column',
    need: CURATORS,
    area,
    summary: 'Describe a column',
    params: columnParams,
    body: descriptionBody,
    handle: async ({ params, body, does }) => {
      await does((work) => describe(work, params, body.description));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/sources/:source/tags/:tag',
    need: CURATORS,
    area,
    summary: 'Tag a source',
    params: sourceParams.extend({ tag: word }),
    body: tagBody,
    handle: tagging,
  }),
  route({
    method: 'DELETE',
    path: '/sources/:source/tags/:tag',
    need: CURATORS,
    area,
    summary: 'Take a tag off a source',
    params: sourceParams.extend({ tag: word }),
    handle: async ({ params, does }) => {
      await does((work) => dropTag(work, params));
      return undefined;
    },
  }),
  route({
    method: 'PUT',
    path: '/sources/:source/columns/:column/tags/:tag',
    need: CURATORS,
    area,
    summary: 'Tag a column',
    params: columnParams.extend({ tag: word }),
    body: tagBody,
    handle: tagging,
  }),
  route({
    method: 'DELETE',
    path: '/sources/:source/columns/:column/tags/:tag',
    need: CURATORS,
    area,
    summary: 'Take a tag off a column',
    params: columnParams.extend({ tag: word }),
    handle: async ({ params, does }) => {
      await does((work) => dropTag(work, params));
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/sources/:source/review',
    need: CURATORS,
    area,
    summary: 'Take `New` off the columns named, or off all',
    params: sourceParams,
    body: z.object({ columns: z.array(word).max(2_000).optional() }).nullish(),
    answers: z.object({ columns: z.array(z.string()) }),
    handle: ({ params, body, does }) =>
      does(async (work) => ({ columns: await review(work, params.source, body?.columns) })),
  }),
  route({
    method: 'PUT',
    path: '/sources/:source/owners/:user',
    need: CURATORS,
    area,
    summary: 'Make somebody an owner of a source',
    params: sourceParams.extend({ user: word }),
    handle: async ({ params, does }) => {
      await does((work) => addOwner(work, params.source, params.user));
      return undefined;
    },
  }),
  route({
    method: 'DELETE',
    path: '/sources/:source/owners/:user',
    need: CURATORS,
    area,
    summary: 'Take a source from an owner',
    params: sourceParams.extend({ user: word }),
    handle: async ({ params, does }) => {
      await does((work) => dropOwner(work, params.source, params.user));
      return undefined;
    },
  }),
];

type TaggingCall = Call<
  { source: string; column?: string | undefined; tag: string },
  unknown,
  { define: boolean } | null | undefined
>;

async function tagging({ params, body, caller, does }: TaggingCall): Promise<undefined> {
  // Who owns a table may tag it; what tags there are is the governor's to say.
  const define = body?.define === true && hasAny(caller(), ['governor']);
  const by = { kind: 'person', name: caller().name } as const;
  await does((work) => addTag(work, { ...params, by, define }));
  return undefined;
}
