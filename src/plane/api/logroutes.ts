import { z } from 'zod';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { bytesShape } from '#platform/http';
import type { Log } from '#plane/ledger';
import { permission } from './need.ts';
import { route } from './route.ts';

const area = 'ledger';
const AUDITOR = permission('auditor', 'operator');
const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';

const indexParams = z.object({
  index: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});

/** The log as C2SP tlog-tiles serves one: `/api/v1/ledger/log` is its prefix. */
export const logRoutes = [
  route({
    method: 'GET',
    path: '/ledger/log',
    operation: 'showLog',
    need: AUDITOR,
    area,
    summary: 'Show the public key of the log, and how far it is signed and witnessed',
    answers: z.object({
      vkey: z.string(),
      size: z.number().describe('leaves that the published checkpoint covers'),
      signedAt: z.iso.datetime().nullable(),
      witnesses: z.array(z.string()).describe('names of the witnesses that cosigned it'),
      checkpoint: z.string().nullable().describe('as it is published, with its signatures'),
    }),
    handle: ({ room: { log } }) => {
      const newest = log.newest();
      const signedAt = newest === null ? null : new Date(newest.signedAtMs).toISOString();
      const witnesses = newest?.witnesses ?? [];
      const size = newest?.size ?? 0;
      const checkpoint = newest?.note ?? null;
      return Promise.resolve({ vkey: log.vkey, size, signedAt, witnesses, checkpoint });
    },
  }),
  route({
    method: 'GET',
    path: '/ledger/log/checkpoint',
    operation: 'readCheckpoint',
    need: AUDITOR,
    area,
    summary: 'Read the newest checkpoint, with its signatures',
    media: TEXT,
    answers: bytesShape,
    handle: ({ room }) => resource(room.log, 'checkpoint'),
  }),
  route({
    method: 'GET',
    path: '/ledger/log/vkey',
    operation: 'readLogKey',
    need: AUDITOR,
    area,
    summary: 'Read the public key of the log',
    media: TEXT,
    answers: bytesShape,
    handle: ({ room }) => resource(room.log, 'vkey'),
  }),
  route({
    method: 'GET',
    path: '/ledger/log/minimum',
    operation: 'readLogMinimum',
    need: AUDITOR,
    area,
    summary: 'Read the minimum index: entries before it are pruned',
    media: TEXT,
    answers: bytesShape,
    handle: async ({ room }) => (await room.log.resource('minimum')) ?? utf8('0\n'),
  }),
  route({
    method: 'GET',
    path: '/ledger/log/tile/*',
    operation: 'readTile',
    need: AUDITOR,
    area,
    summary: 'Read a tile (`<level>/<index>`) or entry bundle (`entries/<index>`) of the log',
    params: z.object({ '*': z.string().max(80) }),
    media: BYTES,
    answers: bytesShape,
    handle: ({ room, params }) => resource(room.log, `tile/${params['*']}`),
  }),
  route({
    method: 'GET',
    path: '/ledger/leaves/:index/proof',
    operation: 'proveLeaf',
    need: AUDITOR,
    area,
    summary: 'Prove that a leaf is in the log, to be checked offline (C2SP tlog-proof)',
    params: indexParams,
    answers: z.object({ proof: z.string().describe('the text of a .tlog-proof file') }),
    handle: async ({ room, params }) => ({ proof: await room.log.proof(params.index) }),
  }),
];

async function resource(log: Pick<Log, 'resource'>, path: string): Promise<Uint8Array> {
  const bytes = await log.resource(path);
  if (bytes !== null) return bytes;
  throw new Problem('not-found', 'the log has no such file', {
    hint: 'which files there are, docs/formats/ledger-log.md says; a partial tile goes when the full one is there',
  });
}
