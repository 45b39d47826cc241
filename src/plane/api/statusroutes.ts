import { z } from 'zod';
import { RELEASE_MODES } from '#plane/border';
import { hex } from '#base/bytes';
import { IDENTITY, permission } from './need.ts';
import { route } from './route.ts';
import { momentOf } from './shape.ts';

const area = 'status';
const moment = z.iso.datetime().nullable();

const releaseShape = z.object({
  mode: z.enum(RELEASE_MODES),
  through: z.number().describe('the last fact that was released, in mode `approve`'),
  last: z.number().describe('the newest fact there is'),
});

export const statusRoutes = [
  route({
    method: 'GET',
    path: '/status',
    operation: 'showStatus',
    need: IDENTITY,
    area,
    summary: 'Show how the plane is: its bundle, its ledger, its outbox, its systems',
    answers: z.object({
      plane: z.string(),
      bundle: z.object({
        state: z.enum(['none', 'fresh', 'stale']),
        serial: z.number(),
        issuedAt: moment,
        expiresAt: moment,
        ageSeconds: z.number().nullable(),
      }),
      controlHeardAt: moment,
      actsThrough: z.number(),
      ledger: z.object({ size: z.number(), chain: z.string(), waiting: z.number() }),
      outbox: z.object({
        mode: z.enum(RELEASE_MODES),
        last: z.number().describe('number of the newest fact'),
        waiting: z.number(),
        oldest: moment,
      }),
      systems: z.array(z.object({ name: z.string(), mode: z.string(), health: z.string() })),
    }),
    handle: async ({ room }) => {
      const { bundle, heardAtMs, actsThrough, outbox, release } = await room.border.status();
      const [head, systems] = [await room.ledger.head(), await room.sources.list()];
      const age = bundle.issuedAtMs === null ? null : room.clock() - bundle.issuedAtMs;
      return {
        plane: room.plane,
        bundle: {
          state: bundle.kind,
          serial: bundle.serial,
          issuedAt: orNull(bundle.issuedAtMs),
          expiresAt: orNull(bundle.expiresAtMs),
          ageSeconds: age === null ? null : Math.max(0, Math.floor(age / 1000)),
        },
        controlHeardAt: orNull(heardAtMs),
        actsThrough,
        ledger: { size: head.size, chain: hex(head.chain), waiting: room.ledger.waiting() },
        outbox: {
          mode: release.mode,
          last: release.last,
          waiting: outbox.waiting,
          oldest: orNull(outbox.oldestMs),
        },
        systems: systems.map(({ name, mode, health }) => ({ name, mode, health })),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/outbox',
    operation: 'listOutbox',
    need: permission('auditor', 'governor', 'operator'),
    area,
    summary: 'Read what left for control, or waits to, byte for byte',
    query: z.object({
      from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    answers: z.object({
      items: z.array(
        z.object({
          number: z.number(),
          kind: z.string(),
          text: z.string(),
          sentAt: moment,
          refused: z.boolean(),
        }),
      ),
    }),
    handle: async ({ room, query }) => {
      const entries = await room.border.outbox(query.from, query.limit);
      return {
        items: entries.map(({ number, kind, text, sentAtMs, refused }) => {
          return { number, kind, text, sentAt: orNull(sentAtMs), refused };
        }),
      };
    },
  }),
  route({
    method: 'PUT',
    path: '/outbox/mode',
    operation: 'setOutboxMode',
    need: permission('governor'),
    area,
    summary: 'Say whether facts go to control by themselves, not at all, or when released',
    body: z.object({ mode: z.enum(RELEASE_MODES) }),
    answers: releaseShape,
    handle: ({ room, body, actor }) => room.border.setMode(body.mode, actor),
  }),
  route({
    method: 'POST',
    path: '/outbox/release',
    operation: 'releaseFacts',
    need: permission('governor'),
    area,
    summary: 'Let the facts up to a number go to control',
    body: z.object({ through: z.int().min(1) }),
    answers: releaseShape,
    handle: ({ room, body, actor }) => room.border.release(body.through, actor),
  }),
];

function orNull(ms: number | null): string | null {
  return ms === null ? null : momentOf(ms);
}
