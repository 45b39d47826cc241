import { z } from 'zod';
import { permission } from './need.ts';
import { route } from './route.ts';
import { word } from './shape.ts';

const area = 'keys';

export const keyRoutes = [
  route({
    method: 'GET',
    path: '/keys',
    operation: 'listKeys',
    need: permission('operator', 'auditor'),
    area,
    summary: 'List data keys by scope and version, never the keys themselves',
    answers: z.object({
      items: z.array(
        z.object({
          scope: z.string(),
          version: z.number(),
          provider: z.string(),
          state: z.enum(['newest', 'older']),
          createdAt: z.iso.datetime(),
        }),
      ),
    }),
    handle: async ({ room }) => {
      const keys = await room.keyring.list();
      return {
        items: keys.map(({ createdAt, ...rest }) => {
          return { ...rest, createdAt: createdAt.toISOString() };
        }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/keys/roll',
    operation: 'rollKeys',
    need: permission('operator'),
    area,
    summary: 'Make a newer version of every key the pattern means; older ones still decrypt',
    body: z.object({
      pattern: word.describe(
        'a scope, or a beginning with `*`; keys of `consistent/` scopes only when named as such',
      ),
    }),
    answers: z.object({ items: z.array(z.object({ scope: z.string(), version: z.number() })) }),
    perMinute: 30,
    handle: async ({ room, body, actor }) => ({
      items: await room.keyring.roll(body.pattern, actor),
    }),
  }),
];
