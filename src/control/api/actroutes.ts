import { z } from 'zod';
import { listActs } from '#control/identity';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, word } from './shape.ts';

export const actRoutes = [
  route({
    method: 'GET',
    path: '/acts',
    need: permission('auditor'),
    area: 'trail',
    summary: 'List what people did to control, newest first',
    query: z.object({
      before: z.coerce.number().int().min(1).optional().describe('only acts before this number'),
      actor: word.optional(),
      action: word.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    answers: z.object({
      items: z.array(
        z.object({
          number: z.number(),
          at: moment,
          actor: z.string(),
          action: z.string(),
          target: z.string(),
          after: z.string().nullable().describe('SHA-256 of the thing after the act'),
          requestId: z.string(),
          address: z.string(),
        }),
      ),
    }),
    handle: async ({ room, query }) => ({ items: await listActs(room.office.pool, query) }),
  }),
];
