import { z } from 'zod';
import { lineageOf } from '#control/observe';
import { permission } from './need.ts';
import { route } from './route.ts';
import { word } from './shape.ts';

export const lineageRoutes = [
  route({
    method: 'GET',
    path: '/observe/lineage',
    need: permission('data-owner', 'operator', 'governor', 'auditor'),
    area: 'observe',
    summary: 'Show what a table is made of and what is made of it, by table and by column',
    query: z.object({
      table: word.describe('full name, or id of a source'),
      depth: z.coerce.number().int().min(1).max(20).default(3),
    }),
    answers: z.object({
      table: z.string(),
      completeness: z.enum(['full', 'partial', 'none']).nullable(),
      nodes: z.array(
        z.object({
          key: z.string(),
          kind: z.enum(['table', 'exposure', 'step']),
          name: z.string(),
          distance: z
            .number()
            .describe('negative: it is made of this; positive: this is made of it'),
          owners: z.array(z.string()),
        }),
      ),
      edges: z.array(z.object({ from: z.string(), to: z.string() })),
      columns: z.array(
        z.object({ column: z.string(), from: z.array(z.string()), into: z.array(z.string()) }),
      ),
    }),
    handle: ({ room, query }) => lineageOf(room.office.pool, query.table, query.depth),
  }),
];
