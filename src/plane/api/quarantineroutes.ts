import { z } from 'zod';
import { CHANNELS, ITEMS_LISTED_MAX, REVEAL_ITEMS_MAX } from '#plane/operator';
import type { QuarantineItem } from '#plane/operator';
import { partyOf } from './party.ts';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf } from './shape.ts';

const area = 'quarantine';
const READER = permission('governor', 'data-owner', 'auditor', 'operator');

const itemId = z.string().regex(/^qit_[0-9a-z]{26}$/u);
const itemFields = {
  id: z.string(),
  channel: z.enum(CHANNELS),
  code: z.string(),
  at: z.iso.datetime(),
  bytes: z.number(),
  cut: z.boolean().describe('whether it was longer than what is kept'),
  digest: z.string().describe('SHA-256 of the envelope it lies in'),
  leaf: z.number().describe('index of the leaf that says that it was kept'),
};

export const quarantineRoutes = [
  route({
    method: 'GET',
    path: '/quarantine',
    operation: 'listQuarantine',
    need: READER,
    area,
    summary: 'List rejected rows and events by what went wrong; never what they were',
    query: z.object({
      channel: z.enum(CHANNELS).optional(),
      before: itemId.optional().describe('only items before this one'),
      limit: z.coerce.number().int().min(1).max(ITEMS_LISTED_MAX).default(100),
    }),
    answers: z.object({ items: z.array(z.object(itemFields)) }),
    handle: async ({ room, query }) => {
      const { channel = null, before = null, limit } = query;
      const items = await room.operator.quarantine.list({ channel, before, limit });
      return { items: items.map(shownItem) };
    },
  }),
  route({
    method: 'POST',
    path: '/quarantine/reveal',
    operation: 'revealQuarantined',
    need: permission('operator'),
    area,
    summary: 'Show items under a grant for break-glass; each is in the ledger before it is shown',
    body: z.object({
      items: z.array(itemId).min(1).max(REVEAL_ITEMS_MAX),
      grant: z
        .string()
        .regex(/^grt_[0-9a-z]{26}$/u)
        .nullish()
        .describe('whichever of yours allows it, without it'),
    }),
    answers: z.object({
      items: z.array(
        z.object({
          ...itemFields,
          text: z.string().nullable().describe('null for what is no UTF-8'),
          base64: z.string().nullable().describe('of what is no UTF-8'),
        }),
      ),
    }),
    perMinute: 60,
    handle: async (call) => {
      const { items, grant = null } = call.body;
      const found = await call.room.operator.quarantine.reveal({ items, grant }, partyOf(call));
      return {
        items: found.map(({ content, ...item }) => ({ ...shownItem(item), ...textIn(content) })),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/quarantine/discard',
    operation: 'discardQuarantined',
    need: permission('governor', 'data-owner'),
    area,
    summary: 'Remove items for good, all or none',
    body: z.object({ items: z.array(itemId).min(1).max(ITEMS_LISTED_MAX) }),
    perMinute: 60,
    handle: async ({ room, body, actor }) => {
      await room.operator.quarantine.discard(body.items, actor);
      return undefined;
    },
  }),
];

function shownItem({ atMs, ...item }: QuarantineItem) {
  const { id, channel, code, bytes, cut, digest, leaf } = item;
  return { id, channel, code, at: momentOf(atMs), bytes, cut, digest, leaf };
}

function textIn(content: Uint8Array): {
  readonly text: string | null;
  readonly base64: string | null;
} {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(content), base64: null };
  } catch {
    return { text: null, base64: Buffer.from(content).toString('base64') };
  }
}
