import { z } from 'zod';
import { Problem } from '#base/problem';
import type { DestroyedKey, RewrapState } from '#plane/keys';
import { permission } from './need.ts';
import { route } from './route.ts';
import { momentOf, word } from './shape.ts';

const area = 'keys';

const receiptShape = z.object({
  scope: z.string(),
  version: z.number().describe('the newest there had been; 0 when none was ever made'),
  leaf: z.number().describe('index of the leaf `key-destroyed`'),
  destroyedAt: z.iso.datetime(),
});

function receiptOf({ destroyedAt, ...rest }: DestroyedKey): z.output<typeof receiptShape> {
  return { ...rest, destroyedAt: destroyedAt.toISOString() };
}

const moment = z.iso.datetime().nullable();
const rewrapShape = z.object({
  service: z.string().describe('the key that wraps now'),
  keys: z.number(),
  waiting: z.number().describe('keys that another key wrapped'),
  job: z
    .object({
      state: z.enum(['waiting', 'running', 'retrying', 'done', 'failed']),
      attempt: z.number(),
      done: z.number(),
      total: z.number().nullable(),
      problem: z.string().nullable(),
      startedAt: moment,
      endedAt: moment,
    })
    .nullable()
    .describe('the last one; null when there was none for a month'),
});

function rewrapOf({ service, keys, waiting, job }: RewrapState): z.output<typeof rewrapShape> {
  if (job === null) return { service, keys, waiting, job };
  const { state, attempt, done, total, problem } = job;
  const times = { startedAt: momentOrNull(job.startedAtMs), endedAt: momentOrNull(job.endedAtMs) };
  return { service, keys, waiting, job: { state, attempt, done, total, problem, ...times } };
}

function momentOrNull(ms: number | null): string | null {
  return ms === null ? null : momentOf(ms);
}

export const keyRoutes = [
  route({
    method: 'GET',
    path: '/keys',
    operation: 'listKeys',
    need: permission('operator', 'auditor'),
    area,
    summary: 'List data keys by scope and version, never the keys themselves',
    answers: z.object({
      service: z.string().describe('the key that wraps, at the key service'),
      fault: z.string().nullable().describe('why the key service does not serve now'),
      items: z.array(
        z.object({
          scope: z.string(),
          version: z.number(),
          provider: z.string(),
          state: z.enum(['newest', 'older']),
          createdAt: z.iso.datetime(),
        }),
      ),
      destroyed: z
        .array(receiptShape)
        .describe('the last thousand scopes whose keys were destroyed for good'),
    }),
    handle: async ({ room }) => {
      const keys = await room.keyring.list();
      return {
        service: (await room.keyring.wrapped()).service,
        fault: room.keyring.fault()?.message ?? null,
        destroyed: (await room.keyring.destroyed()).map(receiptOf),
        items: keys.map(({ createdAt, ...rest }) => {
          return { ...rest, createdAt: createdAt.toISOString() };
        }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/keys/roll',
    operation: 'rollKeys',
    need: permission('operator'),
    area,
    summary: 'Make a newer version of every key the pattern means; older ones still decrypt',
    body: z.object({
      pattern: word.describe(
        'a scope, or a beginning with `*`; keys of `consistent/` scopes only when named as such',
      ),
    }),
    answers: z.object({ items: z.array(z.object({ scope: z.string(), version: z.number() })) }),
    perMinute: 30,
    handle: async ({ room, body, actor }) => ({
      items: await room.keyring.roll(body.pattern, actor),
    }),
  }),
  route({
    method: 'GET',
    path: '/keys/rewrap',
    operation: 'showRewrap',
    need: permission('operator', 'auditor'),
    area,
    summary: 'How far wrapping data keys anew under another key of a key service is',
    answers: rewrapShape,
    handle: async ({ room }) => rewrapOf(await room.rewrapping.state()),
  }),
  route({
    method: 'POST',
    path: '/keys/rewrap',
    operation: 'rewrapKeys',
    need: permission('operator'),
    area,
    summary: 'Begin to wrap data keys anew under the key that wraps now, unless it is under way',
    answers: rewrapShape,
    perMinute: 30,
    handle: async ({ room, actor }) => rewrapOf(await room.rewrapping.begin(actor)),
  }),
  route({
    method: 'POST',
    path: '/keys/destroy',
    operation: 'destroyKeys',
    need: permission('governor'),
    area,
    summary: 'Destroy every key of one scope for good: what it protected can never be read again',
    body: z.object({
      scope: word.describe('one scope, whole; no pattern'),
      confirmation: word.describe('the scope again'),
    }),
    answers: receiptShape,
    perMinute: 30,
    handle: async ({ room, body, actor }) => {
      if (body.scope !== body.confirmation)
        throw new Problem('invalid', 'confirmation expected the scope again');
      return receiptOf(await room.keyring.destroy(body.scope, actor));
    },
  }),
];
