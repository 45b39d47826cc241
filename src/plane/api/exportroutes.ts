import { z } from 'zod';
import { Problem } from '#base/problem';
import { EXPORT_FORMATS, exportedLeaf, formatted } from '#plane/exports';
import { PAGE_LEAVES_MAX } from '#plane/ledger';
import { seesDetails } from './leafdetails.ts';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf } from './shape.ts';

const area = 'ledger';
/** Of one answer: wide leaves make it shorter than was asked for. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
const AUDITOR = permission('auditor', 'operator');

const stateShape = z.object({
  name: z.string(),
  place: z.string(),
  format: z.enum(EXPORT_FORMATS),
  details: z.boolean(),
  nextIndex: z.number().describe('the first leaf that was not sent'),
  waiting: z.number().describe('leaves that were not sent yet'),
  missed: z.number().describe('leaves that retention took away before they were sent'),
  sentAt: z.iso.datetime().nullable(),
  failures: z.number().describe('tries since the last sending, all of which failed'),
  code: z.string().nullable().describe('why the last try failed'),
  failedAt: z.iso.datetime().nullable(),
});

export const exportRoutes = [
  route({
    method: 'GET',
    path: '/ledger/exports',
    operation: 'listExports',
    need: AUDITOR,
    area,
    summary: 'List where the ledger is exported to, and how far each export is',
    answers: z.object({ items: z.array(stateShape) }),
    handle: async ({ room }) => ({
      items: (await room.exports.list()).map(({ sentAtMs, failedAtMs, ...state }) => ({
        ...state,
        sentAt: sentAtMs === null ? null : momentOf(sentAtMs),
        failedAt: failedAtMs === null ? null : momentOf(failedAtMs),
      })),
    }),
  }),
  route({
    method: 'GET',
    path: '/ledger/exported',
    operation: 'exportLeaves',
    need: AUDITOR,
    area,
    summary: 'Read leaves as exports write them, from an index on',
    query: z.object({
      from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      limit: z.coerce.number().int().min(1).max(PAGE_LEAVES_MAX).default(PAGE_LEAVES_MAX),
      format: z.enum(EXPORT_FORMATS).default('ocsf'),
      details: z.enum(['true', 'false']).default('false').describe('whether details go along'),
    }),
    answers: z.object({
      items: z.array(z.string()).describe('one JSON text a leaf'),
      next: z.number().describe('where the next page begins'),
    }),
    handle: async ({ room, caller, query: { from, limit, format, details } }) => {
      if (details === 'true' && !seesDetails(caller))
        throw new Problem('denied', 'details of leaves need permission `auditor`', {
          hint: 'ask without `details`',
        });
      const leaves = await room.ledger.read({ from, limit });
      const items: string[] = [];
      let next = from;
      let sizeBytes = 0;
      for (const leaf of leaves) {
        const text = formatted(exportedLeaf(leaf, details === 'true'), format);
        sizeBytes += text.length;
        if (items.length > 0 && sizeBytes > PAGE_BYTES_MAX) break;
        items.push(text);
        next = leaf.index + 1;
      }
      return { items, next };
    },
  }),
];
