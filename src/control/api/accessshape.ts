import { z } from 'zod';
import type { Problem } from '#base/problem';
import type { Review } from '#control/access';
import { moment, word } from './shape.ts';

/** Documents of one change: as much text as a company's whole set is. */
const TEXT_CHARACTERS_MAX = 2 * 1024 * 1024;
const TEXTS_MAX = 2_000;

export const familyName = z.enum(['policy', 'purpose', 'project', 'test']);
const direction = z.enum(['gains', 'loses', 'differs']);

/** A change of the set of documents, as a request carries it. */
export const changeBody = z.object({
  texts: z
    .array(
      z.object({
        file: word.nullable().default(null).describe('where the text is from, for messages'),
        text: z.string().max(TEXT_CHARACTERS_MAX).describe('YAML, docs/formats/policy.md'),
      }),
    )
    .max(TEXTS_MAX)
    .default([]),
  remove: z
    .array(z.object({ family: familyName, name: word }))
    .max(TEXTS_MAX)
    .default([]),
  mode: z
    .enum(['merge', 'replace'])
    .default('merge')
    .describe('`replace`: documents that the texts do not hold go away'),
});

const problemShape = z.object({
  message: z.string(),
  hint: z.string().nullable(),
  where: z.object({ file: z.string().optional(), line: z.number(), column: z.number() }).nullable(),
});

const touchedShape = z.object({ family: familyName, name: z.string(), sentence: z.string() });

const accessChangeShape = z.object({
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

/** What a change would do, before it is done. */
export const reviewShape = z.object({
  base: z.number().describe('the revision it was compared with; give it to apply'),
  added: z.array(touchedShape),
  changed: z.array(touchedShape),
  removed: z.array(touchedShape),
  errors: z.array(problemShape),
  warnings: z.array(problemShape),
  diff: z
    .object({
      changes: z.array(accessChangeShape),
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
      unexamined: z.number().describe('sources there was no time to look at'),
    })
    .nullable()
    .describe('null when there are errors'),
  tests: z.array(z.object({ test: z.string(), case: z.string(), failures: z.array(z.string()) })),
  confirmation: z
    .string()
    .nullable()
    .describe('give it to apply when something sensitive would show; null when nothing would'),
});

/** A review as the API gives it: problems as plain data. */
export function reviewAnswer(review: Review) {
  return {
    ...review,
    errors: review.errors.map(problemAnswer),
    warnings: review.warnings.map(problemAnswer),
  };
}

function problemAnswer({ message, hint, where }: Problem) {
  return { message, hint: hint ?? null, where: where ?? null };
}

export const documentShape = z.object({
  family: familyName,
  kind: z.string(),
  name: z.string(),
  sentence: z.string().describe('what it says, in English'),
  revision: z.number().describe('the revision that last changed it'),
  at: moment,
  by: z.string(),
});

const reasonShape = z.object({
  about: z.string(),
  policy: z.string().nullable(),
  clause: z.string().nullable(),
  column: z.string().nullable(),
  outcome: z.string(),
  rule: z.string(),
});

/** A decision with its proof; docs/formats/decision.md is its form. */
export const explainedShape = z.object({
  id: z.string(),
  plane: z.string().nullable(),
  subject: z.string(),
  source: z.string(),
  project: z.string().nullable(),
  purpose: z.string().nullable(),
  firstAt: moment.nullable().describe('when a plane first reported it; null for one made just now'),
  decision: z.looseObject({
    id: z.string(),
    effect: z.enum(['allow', 'deny']),
    reasons: z.array(reasonShape),
  }),
  lines: z.array(z.string()).describe('the proof as text'),
});
