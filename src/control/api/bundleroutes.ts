import { z } from 'zod';
import { notePlane } from '#control/identity';
import { takeFacts } from './inbox.ts';
import { PLANE } from './need.ts';
import { route } from './route.ts';
import { word } from './shape.ts';

const area = 'planes';
/** Below the 30 s after which proxies give up on a silent answer. */
const LONG_POLL_MS = 25_000;

const planeParams = z.object({ plane: word });

/** What only planes call. */
export const bundleRoutes = [
  route({
    method: 'GET',
    path: '/planes/:plane/bundle',
    need: PLANE,
    area,
    summary: 'Fetch the newest bundle after a serial; waits up to 25 s, 204 when there is none',
    params: planeParams,
    query: z.object({ after: z.coerce.number().int().min(0).default(0) }),
    answers: z
      .object({ payload: z.string(), kid: z.string(), signature: z.string() })
      .describe('docs/formats/bundle.md'),
    handle: async ({ room, params, query, request, reply }) => {
      const { office, bundles } = room;
      const gone = new AbortController();
      request.raw.on('close', () => gone.abort());
      await notePlane(office.pool, params.plane, {
        nowMs: office.clock(),
        bundleSerial: query.after,
        actsThrough: 0,
      });
      const wait = { waitMs: LONG_POLL_MS, signal: gone.signal };
      const bundle = await bundles.next(params.plane, query.after, wait);
      if (bundle !== null) return bundle;
      await reply.status(204).send();
      return NOTHING_NEW;
    },
  }),
  route({
    method: 'POST',
    path: '/planes/:plane/facts',
    need: PLANE,
    area,
    summary: 'Take in what a plane reports',
    params: planeParams,
    body: z
      .object({ facts: z.array(z.unknown()) })
      .describe('docs/formats/bundle.md, message `facts`'),
    answers: z.object({ acceptedThrough: z.number() }),
    handle: ({ room, params, body, does }) =>
      does(async (work) => {
        const { registration: rule, bundles } = room;
        const acceptedThrough = await takeFacts(work, params.plane, { body, rule, bundles });
        return { acceptedThrough };
      }),
  }),
];

/** The answer is sent already; this stands where a bundle would. */
const NOTHING_NEW = { payload: '', kid: '', signature: '' };
