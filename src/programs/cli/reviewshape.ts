import { z } from 'zod';

const direction = z.enum(['gains', 'loses', 'differs']);
export type Direction = z.infer<typeof direction>;

const found = z.object({
  message: z.string(),
  hint: z.string().nullable(),
  where: z.object({ file: z.string().optional(), line: z.number(), column: z.number() }).nullable(),
});
export type Finding = z.infer<typeof found>;

const touched = z.object({ family: z.string(), name: z.string(), sentence: z.string() });

const change = z.object({
  source: z.string(),
  project: z.string().nullable(),
  purpose: z.string().nullable(),
  people: z.array(z.string()),
  direction,
  columns: z.array(
    z.object({
      name: z.string(),
      tags: z.array(z.string()),
      before: z.string(),
      after: z.string(),
      direction,
    }),
  ),
  rows: z.object({ before: z.string(), after: z.string(), direction }).nullable(),
});
export type AccessChange = z.infer<typeof change>;

/** What control says a change would do. */
export const reviewShape = z.object({
  base: z.number(),
  added: z.array(touched),
  changed: z.array(touched),
  removed: z.array(touched),
  errors: z.array(found),
  warnings: z.array(found),
  diff: z
    .object({
      changes: z.array(change),
      sensitive: z.array(
        z.object({
          source: z.string(),
          column: z.string(),
          tags: z.array(z.string()),
          people: z.array(z.string()),
        }),
      ),
      counts: z.object({
        people: z.number(),
        sources: z.number(),
        columns: z.number(),
        gains: z.number(),
        loses: z.number(),
        differs: z.number(),
      }),
      unexamined: z.number(),
    })
    .nullable(),
  tests: z.array(z.object({ test: z.string(), case: z.string(), failures: z.array(z.string()) })),
  confirmation: z.string().nullable(),
});
export type Review = z.infer<typeof reviewShape>;
