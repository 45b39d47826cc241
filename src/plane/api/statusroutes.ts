import { z } from 'zod';
import { hex } from '#base/bytes';
import { IDENTITY, permission } from './need.ts';
import { route } from './route.ts';
import { momentOf } from './shape.ts';

const area = 'status';
const moment = z.iso.datetime().nullable();

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
      outbox: z.object({ waiting: z.number(), oldest: moment }),
      systems: z.array(z.object({ name: z.string(), mode: z.string(), health: z.string() })),
    }),
    handle: async ({ room }) => {
      const { bundle, heardAtMs, actsThrough, outbox } = await room.border.status();
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
        outbox: { waiting: outbox.waiting, oldest: orNull(outbox.oldestMs) },
        systems: systems.map(({ name, mode, health }) => ({ name, mode, health })),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/outbox',
    operation: 'listOutbox',
    need: permission('auditor', 'operator'),
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
];

function orNull(ms: number | null): string | null {
  return ms === null ? null : momentOf(ms);
}
