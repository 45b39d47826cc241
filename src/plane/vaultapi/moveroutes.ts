import { Readable } from 'node:stream';
import { z } from 'zod';
import { concat, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { databaseProblem } from '#platform/db';
import { bytesShape } from '#platform/http';
import type { ExportPiece } from '#plane/vault';
import { toldOf } from './envelope.ts';
import { sendPieces } from './bulk/pieces.ts';
import { createPlaces } from './places.ts';
import { permission, vaultRoute } from './route.ts';
import type { VaultCall } from './route.ts';
import { vaultParams, word } from './shape.ts';

/** A right of its own: whoever has it takes every value of a vault with them. */
const MOVER = permission('vault-mover');
const BYTES = 'application/octet-stream';
/** A part holds at most 500 records, and no more of them than 4 Mi characters, but a record is never cut; or 4 MiB of files. */
const PART_BYTES_MAX = 64 * 1024 * 1024;
/** Exports of one process at once. */
const EXPORTS_MAX = 2;
const MAGIC = utf8('privet/vault-export/v2\n');

const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, 'expected a SHA-256 in hex');
const exportParams = z.object({ id: word });
const importParams = z.object({ id: word });
const partParams = importParams.extend({ number: z.coerce.number().int().min(0).max(1_000_000) });
const signed = z.object({
  text: z.string().max(128 * 1024 * 1024),
  signature: z.string().max(200),
});
const publicKey = z.string().regex(/^[\w-]{43}$/u, 'expected 32 bytes in base64url');
const stateShape = z.object({
  parts: z.number(),
  there: z.array(z.number()).describe('numbers of the parts that are in'),
});

/** Every move says what it is for: throws `denied` without a purpose. */
function requirePurpose({ caller }: Pick<VaultCall<unknown, unknown, unknown>, 'caller'>): void {
  if (caller.purpose !== null) return;
  throw new Problem('denied', 'a whole vault is moved for a purpose only', {
    hint: 'send `x-privet-purpose` or `x-privet-ticket`; `--purpose`, `--ticket`',
  });
}

const places = createPlaces({ max: EXPORTS_MAX, eachMax: 1, of: 'exports' });
/** Each is in memory whole. */
const partPlaces = createPlaces({ max: 4, eachMax: 2, of: 'parts' });

export const moveRoutes = [
  vaultRoute({
    method: 'POST',
    path: '/v1/vaults/:vault/exports',
    operation: 'openExport',
    need: MOVER,
    summary: 'Begin an export of a vault as it is now, sealed for an import',
    params: vaultParams,
    body: z.object({ recipient: publicKey.describe('of the import, as it was opened') }),
    answers: z.object({ ID: z.string(), records: z.number().describe('about how many') }),
    status: 201,
    perMinute: 60,
    handle: async (call) => {
      requirePurpose(call);
      const { room, caller, params, body } = call;
      const request = { vault: params.vault, recipient: body.recipient };
      const { id: ID, records } = await room.vaults.exports.open(caller, request);
      return { ID, records };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-exports',
    operation: 'listExports',
    need: MOVER,
    summary: 'List the exports under way, with how far they are',
    answers: z.object({
      vaultExports: z.array(
        z.object({
          ID: z.string(),
          vaultID: z.string(),
          name: z.string(),
          recipient: z.string(),
          beganAtMs: z.number(),
          records: z.number().describe('about how many there are'),
          done: z.number().describe('records in the parts that were made'),
          parts: z.number(),
        }),
      ),
    }),
    handle: async ({ room }) => ({
      vaultExports: (await room.vaults.exports.list()).map(({ id, vault, ...rest }) => {
        return { ID: id, vaultID: vault, ...rest };
      }),
    }),
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-exports/:id/parts',
    operation: 'readExport',
    need: MOVER,
    summary:
      'Give every record that the vault had then with its tokens and files, in parts, and a signed manifest',
    params: exportParams,
    query: z.object({
      from: z.coerce
        .number()
        .int()
        .min(0)
        .max(1_000_000)
        .default(0)
        .describe('which part is the first'),
      last: sha256
        .optional()
        .describe('SHA-256 of the part before, which has records: to go on behind it'),
    }),
    answers: bytesShape,
    media: BYTES,
    streams: true,
    perMinute: 60,
    handle: async (call) => {
      requirePurpose(call);
      const { room, caller, params, query, reply, guest } = call;
      const leave = places(guest.subject.id);
      const at = { from: query.from, last: query.last ?? null };
      const request = { id: params.id, ...at, plane: room.plane };
      const pieces = framed(room.vaults.exports.read(caller, request), query.from === 0);
      const secondsMax = room.streamWaitSeconds;
      await sendPieces(reply, { media: BYTES, pieces, leave, secondsMax });
      return new Uint8Array();
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vault-exports/:id',
    operation: 'endExport',
    need: MOVER,
    summary: 'End an export: nothing more of it is given, and nothing is kept for it',
    params: exportParams,
    handle: async (call) => {
      requirePurpose(call);
      await call.room.vaults.exports.end(call.caller, call.params.id);
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vaults/:vault/forgotten',
    operation: 'listForgotten',
    need: MOVER,
    summary: 'Give the signed list of who was forgotten at a vault, as digests, for an import',
    params: vaultParams,
    answers: signed,
    handle: async ({ room, params }) => {
      const { id } = await room.vaults.schema(params.vault);
      return room.vaults.forgotten(id);
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-export-key',
    operation: 'showExportKey',
    need: permission('vault-mover', 'data-owner', 'auditor', 'operator'),
    summary: 'Give the public key that this plane signs exports with',
    answers: z.object({ key: z.string() }),
    handle: async ({ room }) => ({ key: await room.vaults.imports.signingKey() }),
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vault-imports',
    operation: 'openImport',
    need: MOVER,
    summary: 'Open an import: one export can be sealed for its key',
    answers: z.object({ ID: z.string(), recipient: z.string() }),
    status: 201,
    handle: async (call) => {
      requirePurpose(call);
      const { id: ID, recipient } = await call.room.vaults.imports.open();
      return { ID, recipient };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-imports',
    operation: 'listImports',
    need: MOVER,
    summary: 'List the imports that are not over, with how far they are',
    answers: z.object({
      vaultImports: z.array(
        z.object({
          ID: z.string(),
          recipient: z.string(),
          name: z.string().nullable().describe('of the vault, once its manifest is there'),
          openedAtMs: z.number(),
          parts: z.number(),
          there: z.number().describe('how many parts are in'),
          records: z.number().describe('records that are in'),
        }),
      ),
    }),
    handle: async ({ room }) => ({
      vaultImports: (await room.vaults.imports.list()).map(({ id, ...rest }) => {
        return { ID: id, ...rest };
      }),
    }),
  }),
  vaultRoute({
    method: 'PUT',
    path: '/v1/vault-imports/:id/manifest',
    operation: 'beginImport',
    need: MOVER,
    summary: 'Begin an import with its manifest, or go on with it',
    params: importParams,
    body: z.object({
      key: publicKey.describe(
        'that the exporting plane signs with, from somebody who knows that plane',
      ),
      manifest: signed,
      forgotten: signed.nullable().default(null),
    }),
    bodyBytesMax: 256 * 1024 * 1024,
    answers: stateShape,
    handle: async (call) => {
      requirePurpose(call);
      const { room, caller, params, body } = call;
      const { parts, there } = await room.vaults.imports.begin(caller, { id: params.id, ...body });
      return { parts, there };
    },
  }),
  vaultRoute({
    method: 'GET',
    path: '/v1/vault-imports/:id',
    operation: 'showImport',
    need: MOVER,
    summary: 'Say which parts of an import are in',
    params: importParams,
    answers: stateShape,
    handle: ({ room, params }) => room.vaults.imports.state(params.id),
  }),
  vaultRoute({
    method: 'PUT',
    path: '/v1/vault-imports/:id/parts/:number',
    operation: 'importPart',
    need: MOVER,
    summary: 'Bring a part of an export; bringing it again changes nothing',
    params: partParams,
    takes: [BYTES],
    handle: async (call) => {
      requirePurpose(call);
      const leave = partPlaces(call.guest.subject.id);
      try {
        const bytes = await bytesOf(call.body);
        await call.room.vaults.imports.part(call.caller, { ...call.params, bytes });
      } finally {
        leave();
      }
    },
  }),
  vaultRoute({
    method: 'POST',
    path: '/v1/vault-imports/:id/finish',
    operation: 'finishImport',
    need: MOVER,
    summary: 'Put an imported vault in use when all of it is here',
    params: importParams,
    answers: z.object({
      vaultID: z.string(),
      records: z.number(),
      tokens: z.number(),
      files: z.number(),
      leftOut: z.number().describe('records of people who were forgotten'),
    }),
    handle: async (call) => {
      requirePurpose(call);
      const { vault, ...counts } = await call.room.vaults.imports.finish(
        call.caller,
        call.params.id,
      );
      return { vaultID: vault, ...counts };
    },
  }),
  vaultRoute({
    method: 'DELETE',
    path: '/v1/vault-imports/:id',
    operation: 'abandonImport',
    need: MOVER,
    summary: 'Abandon an import that is not finished: what was brought in is gone, with its keys',
    params: importParams,
    handle: async (call) => {
      requirePurpose(call);
      await call.room.vaults.imports.abandon(call.caller, call.params.id);
    },
  }),
];

/**
 * The bytes of an export: `S` what it is, `F` parts with files and `P` parts with records, then `M` the manifest, or `E` what went
 * wrong; each with its length.
 */
async function* framed(
  pieces: AsyncIterable<ExportPiece>,
  fromStart: boolean,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  try {
    for await (const piece of pieces) {
      const bytes = frameOf(piece);
      yield isFirst && fromStart ? concat(MAGIC, bytes) : bytes;
      isFirst = false;
    }
  } catch (thrown) {
    if (isFirst) throw thrown;
    const { code, message, hint = null } = toldOf(databaseProblem(thrown));
    yield frame('E', utf8(JSON.stringify({ code, message, hint })));
  }
}

function frameOf(piece: ExportPiece): Uint8Array {
  if (piece.kind === 'files') return frame('F', partOf(piece));
  if (piece.kind === 'records') return frame('P', partOf(piece));
  if (piece.kind === 'manifest') return frame('M', utf8(JSON.stringify(piece.signed)));
  const { kind: _kind, ...start } = piece;
  return frame('S', utf8(JSON.stringify(start)));
}

/** A part, behind how many records it has. */
function partOf({ records, bytes }: Extract<ExportPiece, { bytes: Uint8Array }>): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, records);
  return concat(head, bytes);
}

function frame(kind: 'S' | 'F' | 'P' | 'M' | 'E', bytes: Uint8Array): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = kind.charCodeAt(0);
  new DataView(head.buffer).setUint32(1, bytes.length);
  return concat(head, bytes);
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (!(body instanceof Readable)) {
    throw new Problem('unsupported', `a part expected content-type \`${BYTES}\``);
  }
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    pieces.push(piece as Uint8Array);
    sizeBytes += (piece as Uint8Array).length;
    if (sizeBytes > PART_BYTES_MAX)
      throw new Problem('invalid', `part too large: limit ${PART_BYTES_MAX} bytes`);
  }
  return concat(...pieces);
}
