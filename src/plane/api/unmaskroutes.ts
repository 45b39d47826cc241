import { z } from 'zod';
import { REASON_BYTES_MAX } from '#plane/ledger';
import { IDENTITY } from './need.ts';
import { route } from './route.ts';
import { word } from './shape.ts';
import { unmask, UNMASK_VALUES_MAX } from './unmask.ts';

/** A masked cell: longer ones are documents, and documents are not unmasked by hand. */
const MASKED_MAX = 64 * 1024;

export const unmaskRoutes = [
  route({
    method: 'POST',
    path: '/unmask',
    operation: 'unmaskValues',
    need: IDENTITY,
    area: 'unmask',
    summary: 'Reveal values of a column one may read unmasked; each is a leaf before it is given',
    body: z.object({
      source: word.describe('`<system>.<schema>.<table>`, or the id of the source'),
      column: word,
      values: z.array(z.string().min(1).max(MASKED_MAX)).min(1).max(UNMASK_VALUES_MAX),
      reason: z
        .string()
        .trim()
        .min(3)
        .max(REASON_BYTES_MAX / 4)
        .describe('why; written into the ledger with each value'),
      project: word.nullish().describe('the project that is acted in, by name or id'),
      purpose: word.nullish(),
      keyVersion: z
        .int()
        .min(1)
        .max(1_000_000_000)
        .nullish()
        .describe('key version of format-preserving values masked before a roll'),
    }),
    answers: z.object({
      decision: z.string(),
      items: z.array(
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('value'), value: z.string() }),
          z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
        ]),
      ),
    }),
    perMinute: 60,
    handle: ({ room, body, caller, requestId }) => {
      const { project = null, purpose = null, keyVersion = null } = body;
      return unmask(
        room,
        { caller, session: requestId },
        { ...body, project, purpose, keyVersion },
      );
    },
  }),
];
