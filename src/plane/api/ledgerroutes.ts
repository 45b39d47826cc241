import { z } from 'zod';
import { fromHex, hex } from '#base/bytes';
import { Problem } from '#base/problem';
import { LEAF_KINDS, PAGE_LEAVES_MAX, SEARCH_TEXT_CHARACTERS_MAX } from '#plane/ledger';
import type { LeafKind, PageOptions, SearchOptions, StoredLeaf } from '#plane/ledger';
import { seesDetails } from './leafdetails.ts';
import { permission } from './need.ts';
import { route } from './route.ts';

const area = 'ledger';
const AUDITOR = permission('auditor', 'operator');

const index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const hash = z.string().regex(/^[0-9a-f]{64}$/u);

const leafShape = z.object({
  index: z.number(),
  leafHash: z.string(),
  chain: z.string(),
  entry: z.string().describe('canonical JSON, the bytes that were hashed'),
  details: z
    .object({ salt: z.string(), text: z.string().describe('canonical JSON') })
    .nullable()
    .describe('what the entry commits to; null when it has none or they were erased'),
});

const leavesQuery = z.object({
  from: index.optional().describe('leaves from this index on, oldest first'),
  before: index.optional().describe('leaves before this index, newest first'),
  kinds: z.string().max(2_000).optional().describe('kinds of leaves, separated by commas'),
  actor: z.string().max(80).optional().describe('id of the subject who acted'),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LEAVES_MAX).default(100),
  waitSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(25)
    .default(0)
    .describe('with `from`: how long to wait when there is no such leaf yet'),
});

const searched = z.string().min(1).max(SEARCH_TEXT_CHARACTERS_MAX).optional();
const searchQuery = leavesQuery.omit({ from: true, waitSeconds: true }).extend({
  text: searched.describe('somewhere in what a leaf says, upper and lower case alike'),
  about: searched.describe('an id or a name that stands in a field by itself'),
});

const headShape = z.object({ size: z.number(), chain: hash });

export const ledgerRoutes = [
  route({
    method: 'GET',
    path: '/ledger/leaves',
    operation: 'listLeaves',
    need: AUDITOR,
    area,
    summary: 'Read the ledger, newest first or from an index on',
    query: leavesQuery,
    answers: z.object({ items: z.array(leafShape) }),
    handle: async ({ room, query, signal, caller }) => {
      const options = optionsOf(query);
      const shown = seesDetails(caller) ? shownLeaf : withoutDetails;
      const leaves = await room.ledger.read(options);
      const { from } = options;
      if (leaves.length > 0 || from === undefined || query.waitSeconds === 0) {
        return { items: leaves.map(shown) };
      }
      const patience = AbortSignal.any([signal, AbortSignal.timeout(query.waitSeconds * 1000)]);
      for await (const leaf of room.ledger.follow({ ...options, from, signal: patience })) {
        return { items: [shown(leaf)] };
      }
      return { items: [] };
    },
  }),
  route({
    method: 'GET',
    path: '/ledger/search',
    operation: 'searchLeaves',
    // What a search finds tells what stands in details, whether they are shown or not.
    need: permission('auditor'),
    area,
    summary: 'Look for leaves, newest first; each call looks through a bounded number of them',
    query: searchQuery,
    answers: z.object({
      items: z.array(leafShape),
      next: z
        .number()
        .nullable()
        .describe('`before` of the call that goes on; null when all was looked through'),
    }),
    perMinute: 120,
    handle: async ({ room, query }) => {
      const { items, next } = await room.ledger.search(searchOf(query));
      return { items: items.map(shownLeaf), next };
    },
  }),
  route({
    method: 'GET',
    path: '/ledger/head',
    operation: 'showHead',
    need: AUDITOR,
    area,
    summary: 'Show how far the ledger goes, to be kept elsewhere and compared later',
    answers: headShape,
    handle: async ({ room }) => {
      const { size, chain } = await room.ledger.head();
      return { size, chain: hex(chain) };
    },
  }),
  route({
    method: 'POST',
    path: '/ledger/verify',
    operation: 'verifyLedger',
    need: AUDITOR,
    area,
    summary: 'Recompute every hash of the ledger and name the first bad leaf',
    body: z
      .object({
        from: index.optional().describe('first leaf to check'),
        expected: z.array(headShape).max(100).optional().describe('heads kept elsewhere'),
      })
      .nullish(),
    answers: z.object({
      kind: z.enum(['intact', 'broken']),
      checked: z.number(),
      head: headShape.nullable(),
      index: z.number().nullable().describe('the first bad leaf'),
      fault: z
        .enum(['missing', 'entry', 'leaf-hash', 'chain', 'details', 'cut-off', 'head'])
        .nullable(),
    }),
    perMinute: 10,
    handle: async ({ room, body }) => {
      const expected = (body?.expected ?? []).map((head) => ({
        size: head.size,
        chain: fromHex(head.chain),
      }));
      const verdict = await room.ledger.verify({ from: body?.from ?? 0, expected });
      const { kind, checked } = verdict;
      if (kind === 'broken') {
        return { kind, checked, head: null, index: verdict.index, fault: verdict.fault };
      }
      const head = { size: verdict.head.size, chain: hex(verdict.head.chain) };
      return { kind, checked, head, index: null, fault: null };
    },
  }),
];

function optionsOf(query: z.output<typeof leavesQuery>): PageOptions {
  const kinds = query.kinds === undefined ? undefined : kindsOf(query.kinds);
  return {
    limit: query.limit,
    ...(kinds === undefined ? {} : { kinds }),
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.before === undefined ? {} : { before: query.before }),
    ...(query.actor === undefined ? {} : { actor: query.actor }),
    ...(query.since === undefined ? {} : { sinceMs: Date.parse(query.since) }),
    ...(query.until === undefined ? {} : { untilMs: Date.parse(query.until) }),
  };
}

function searchOf({ text, about, ...query }: z.output<typeof searchQuery>): SearchOptions {
  return {
    ...optionsOf({ ...query, waitSeconds: 0 }),
    limit: query.limit,
    ...(text === undefined ? {} : { text }),
    ...(about === undefined ? {} : { about }),
  };
}

/** The kinds a text names; throws `invalid` for one there is not. */
function kindsOf(text: string): readonly LeafKind[] {
  return text.split(',').map((word) => {
    const found = LEAF_KINDS.find((kind) => kind === word.trim());
    if (found !== undefined) return found;
    throw new Problem('invalid', `\`kinds\` expected some of ${LEAF_KINDS.join(', ')}`);
  });
}

function shownLeaf({ index: at, leafHash, chain, entry, details }: StoredLeaf) {
  return { index: at, leafHash, chain, entry, details };
}

function withoutDetails(leaf: StoredLeaf) {
  return { ...shownLeaf(leaf), details: null };
}
