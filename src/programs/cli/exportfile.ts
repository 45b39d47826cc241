import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { Problem, problemFrom } from '#base/problem';
import { unreadable } from './unreadable.ts';

/** The file of an exported vault, frame by frame (docs/formats/vault-export.md). */

const MAGIC = 'privet/vault-export/v2\n';
const HEAD_BYTES = 5;
const COUNT_BYTES = 4;
/** A part has some megabytes; the manifest of a large vault some hundred. */
const FRAME_BYTES_MAX = 512 * 1024 * 1024;

const startShape = z.object({
  export: z.string(),
  vault: z.string(),
  recipient: z.string(),
  records: z.number(),
});
export const signedShape = z.object({ text: z.string(), signature: z.string() });
const endShape = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

export type ExportStart = z.output<typeof startShape>;
export type SignedManifest = z.output<typeof signedShape>;
/** A part as it lies in the file. */
export type ExportedPart = {
  readonly kind: 'files' | 'records';
  readonly records: number;
  readonly offset: number;
  readonly sizeBytes: number;
};

/** What is in a file: all of it, or as far as it came. */
export type ExportFile = {
  readonly start: ExportStart | null;
  readonly parts: readonly ExportedPart[];
  readonly manifest: SignedManifest | null;
  /** Where the next frame begins. */
  readonly end: number;
};

const EMPTY: ExportFile = { start: null, parts: [], manifest: null, end: 0 };

type Frame = { readonly kind: string; readonly offset: number; readonly sizeBytes: number };

/** What a file holds up to its last whole frame. Throws `invalid` for a file that is no export. */
export async function readExportFile(file: FileHandle): Promise<ExportFile> {
  const magic = await readAt(file, 0, MAGIC.length);
  if (magic.length < MAGIC.length && MAGIC.startsWith(magic.toString())) return EMPTY;
  if (magic.toString() !== MAGIC) {
    throw new Problem('invalid', 'expected the file of an exported vault', {
      hint: 'a file that an older Privet exported is not taken: export the vault again',
    });
  }
  let read: ExportFile = { ...EMPTY, end: MAGIC.length };
  const parts: ExportedPart[] = [];
  const { size } = await file.stat();
  while (read.manifest === null) {
    const frame = await frameAt(file, read.end, size);
    if (frame === null) break;
    const end = frame.offset + frame.sizeBytes;
    if (frame.kind === 'P' || frame.kind === 'F') parts.push(await partAt(file, frame));
    else if (frame.kind === 'S') read = { ...read, start: await frameOf(file, frame, startShape) };
    else if (frame.kind === 'M')
      read = { ...read, manifest: await frameOf(file, frame, signedShape) };
    else break;
    read = { ...read, end };
  }
  return { ...read, parts };
}

async function frameAt(file: FileHandle, at: number, fileBytes: number): Promise<Frame | null> {
  const head = await readAt(file, at, HEAD_BYTES);
  if (head.length < HEAD_BYTES) return null;
  const sizeBytes = head.readUInt32BE(1);
  const offset = at + HEAD_BYTES;
  if (offset + sizeBytes > fileBytes || sizeBytes > FRAME_BYTES_MAX) return null;
  return { kind: String.fromCharCode(head[0] ?? 0), offset, sizeBytes };
}

async function partAt(file: FileHandle, frame: Frame): Promise<ExportedPart> {
  const head = await readAt(file, frame.offset, COUNT_BYTES);
  return partOf(frame, head.readUInt32BE(0));
}

function partOf({ kind, offset, sizeBytes }: Frame, records: number): ExportedPart {
  return {
    kind: kind === 'P' ? 'records' : 'files',
    records,
    offset: offset + COUNT_BYTES,
    sizeBytes: sizeBytes - COUNT_BYTES,
  };
}

async function frameOf<T>(file: FileHandle, frame: Frame, shape: z.ZodType<T>): Promise<T> {
  try {
    return shape.parse(JSON.parse((await readAt(file, frame.offset, frame.sizeBytes)).toString()));
  } catch (cause) {
    throw new Problem('invalid', 'the file of an exported vault was changed', { cause });
  }
}

/** The bytes of a part. */
export async function readPart(file: FileHandle, part: ExportedPart): Promise<Uint8Array> {
  const bytes = await readAt(file, part.offset, part.sizeBytes);
  if (bytes.length === part.sizeBytes) return bytes;
  throw new Problem('invalid', 'the export did not come whole', { hint: 'copy the file again' });
}

async function readAt(file: FileHandle, position: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  const { bytesRead } = await file.read(bytes, 0, sizeBytes, position);
  return bytes.subarray(0, bytesRead);
}

/** Opens a file of an export for reading; throws why it cannot be. */
export function openExportFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

/** SHA-256 of a part, in hex. */
export async function digestOf(file: FileHandle, part: ExportedPart): Promise<string> {
  return createHash('sha256')
    .update(await readPart(file, part))
    .digest('hex');
}

/** What comes of an export, written as it comes. */
export type ExportWriter = {
  /** What is in the file. */
  readonly now: () => ExportFile;
  /** Takes away what lies behind the last part with records: an export goes on behind one. */
  rewind(): Promise<void>;
  /** Writes frames, each whole or not at all. Throws what the export ended with, and `unavailable` when it broke off. */
  append(content: AsyncIterable<Uint8Array>): Promise<void>;
  close(): Promise<void>;
};

/** Opens a file for writing, with what came of the export before. */
export async function openExportWriter(path: string): Promise<ExportWriter> {
  const file = await openPlain(path);
  let now = await readExportFile(file);
  return {
    now: () => now,
    async rewind() {
      const parts = now.parts.slice(
        0,
        now.parts.findLastIndex(({ kind }) => kind === 'records') + 1,
      );
      const last = parts.at(-1);
      const end = last === undefined ? 0 : last.offset + last.sizeBytes;
      now = { start: last === undefined ? null : now.start, parts, manifest: null, end };
      await file.truncate(end);
    },
    async append(content) {
      for await (const frame of framesOf(content, now.end === 0)) {
        await write(file, frame.bytes, now.end);
        now = added(now, frame);
      }
      if (now.manifest === null) throw new Problem('unavailable', 'the export broke off');
      await file.sync();
    },
    close: () => file.close(),
  };
}

/** A file of that very name, made when there is none; a link is not followed. */
async function openPlain(path: string): Promise<FileHandle> {
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  try {
    return await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new Problem('invalid', `\`${path}\` cannot be written (${code})`, { cause });
  }
}

/** A frame as it came, with what stands before it in the file. */
type CameFrame = { readonly kind: string; readonly body: Buffer; readonly bytes: Uint8Array };

async function* framesOf(
  content: AsyncIterable<Uint8Array>,
  fromStart: boolean,
): AsyncGenerator<CameFrame> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let before: Buffer = Buffer.alloc(0);
  let wanted = fromStart ? MAGIC.length : HEAD_BYTES;
  let isMagic = fromStart;
  for await (const piece of content) {
    held.push(Buffer.from(piece));
    heldBytes += piece.length;
    while (heldBytes >= wanted) {
      const all = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
      if (isMagic) {
        before = all.subarray(0, wanted);
        if (before.toString() !== MAGIC) throw new Problem('internal', 'the plane sent no export');
        [held, heldBytes] = [[all.subarray(wanted)], heldBytes - wanted];
        [isMagic, wanted] = [false, HEAD_BYTES];
        continue;
      }
      const size = HEAD_BYTES + all.readUInt32BE(1);
      if (size > FRAME_BYTES_MAX) throw new Problem('internal', 'the plane sent too large a part');
      if (heldBytes < size) {
        [held, wanted] = [[all], size];
        continue;
      }
      const kind = String.fromCharCode(all[0] ?? 0);
      const frame = all.subarray(0, size);
      const body = frame.subarray(HEAD_BYTES);
      if (kind === 'E') throw problemIn(body.toString());
      yield { kind, body, bytes: before.length === 0 ? frame : Buffer.concat([before, frame]) };
      before = Buffer.alloc(0);
      [held, heldBytes, wanted] = [[all.subarray(size)], heldBytes - size, HEAD_BYTES];
    }
  }
}

function added(now: ExportFile, { kind, body, bytes }: CameFrame): ExportFile {
  const end = now.end + bytes.length;
  const parse = () => JSON.parse(body.toString()) as unknown;
  if (kind === 'S') return { ...now, start: startShape.parse(parse()), end };
  if (kind === 'M') return { ...now, manifest: signedShape.parse(parse()), end };
  const frame = { kind, offset: end - body.length, sizeBytes: body.length };
  return { ...now, parts: [...now.parts, partOf(frame, body.readUInt32BE(0))], end };
}

function problemIn(text: string): Problem {
  const { code, message, hint } = endShape.parse(JSON.parse(text));
  const known = code === 'unavailable' || code === 'gone' ? code : 'conflict';
  return new Problem(known, `the export ended: ${message}`, hint === null ? {} : { hint });
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Writes all of it. Throws `limit` when there is no room. */
async function write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
      at += bytesWritten;
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (!FULL.has(code)) throw problemFrom(cause);
    throw new Problem('limit', `there is no room for the export (${code})`, {
      hint: 'make room and run the same command again: it goes on where it stood',
      cause,
    });
  }
}
