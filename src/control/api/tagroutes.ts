import { z } from 'zod';
import { defineTag, listTags, removeTag } from '#control/catalog';
import { Problem } from '#base/problem';
import { permission, SESSION } from './need.ts';
import { route } from './route.ts';
import { nameParams, text, word } from './shape.ts';

const area = 'tags';
const GOVERNOR = permission('governor');

const tagDefinitionShape = z.object({
  name: z.string(),
  description: z.string(),
  sensitive: z.boolean(),
  builtIn: z.boolean(),
  sources: z.number(),
  columns: z.number(),
});

export const tagRoutes = [
  route({
    method: 'GET',
    path: '/tags',
    need: SESSION,
    area,
    summary: 'List tags and how often each is used',
    query: z.object({ under: word.optional().describe('only this tag and those below it') }),
    answers: z.object({ items: z.array(tagDefinitionShape) }),
    handle: async ({ room, query }) => ({ items: await listTags(room.office.pool, query.under) }),
  }),
  route({
    method: 'PUT',
    path: '/tags/:name',
    need: GOVERNOR,
    area,
    summary: 'Make a tag known, or change what it says',
    params: nameParams,
    body: z.object({ description: text.optional(), sensitive: z.boolean().optional() }).nullish(),
    answers: tagDefinitionShape,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        await defineTag(work, { name: params.name, ...body });
        const [defined] = await listTags(work.tx, params.name);
        if (defined === undefined) throw new Problem('internal', 'a tag just defined is missing');
        return defined;
      }),
  }),
  route({
    method: 'DELETE',
    path: '/tags/:name',
    need: GOVERNOR,
    area,
    summary: 'Forget a tag that nothing carries',
    params: nameParams,
    handle: async ({ params, does }) => {
      await does((work) => removeTag(work, params.name));
      return undefined;
    },
  }),
];
