import { z } from 'zod';
import { Problem } from '#base/problem';
import { databaseProblem } from '#platform/db';
import { mountRoute, routePath } from '#platform/http';
import type { Pulled } from '#plane/border';
import { bearerOf } from './guard.ts';
import { CONTROL, describeNeed } from './need.ts';
import type { Route } from './route.ts';

/** A bundle of the largest company, as JSON in JSON. */
const BODY_BYTES_MAX = 192 * 1024 * 1024;

const shape = {
  method: 'POST',
  path: '/border/pull',
  operation: 'pullFacts',
  area: 'border',
  summary: 'Bring a bundle and fetch the facts that may go, where the plane makes no connections',
  body: z.object({
    bundle: z.string().nullable().describe('a signed bundle as JSON (docs/formats/bundle.md)'),
  }),
  answers: z.object({
    facts: z.array(z.unknown()).describe('docs/formats/bundle.md, message `fact`'),
    bundleSerial: z.number(),
  }),
  bodyBytesMax: BODY_BYTES_MAX,
} as const;

/** Only control calls it, with requests it signs; a plane that calls control itself answers none. */
export const pullRoute: Route = {
  method: shape.method,
  path: routePath(shape),
  operation: shape.operation,
  area: shape.area,
  need: CONTROL,
  mount: (server, { border }) => {
    mountRoute(server, {
      shape,
      credential: 'bearer',
      need: describeNeed(CONTROL),
      admit: async (request) => {
        const token = bearerOf(request);
        const pulled = pulledOf(border.pulled);
        return { pulled, pull: await pulled.admit(token) };
      },
      handle: async ({ guest, body }) => guest.pulled.answer(guest.pull, body.bundle),
      problemOf: databaseProblem,
    });
  },
};

function pulledOf(pulled: Pulled | null): Pulled {
  if (pulled !== null) return pulled;
  throw new Problem('unauthenticated', 'this plane calls control itself', {
    hint: 'where it should be asked instead, set `plane.controlMode: pull`',
  });
}
