import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#base/problem';
import { createPlaces } from '../places.ts';
import type { VaultCall } from '../route.ts';

/** A field of the form is the name of a table or column, or an id. */
const FIELD_BYTES_MAX = 1_024;
const FIELDS_MAX = 10;
/** A file that comes before the fields that say where it belongs is held in memory; Skyflow's SDK takes no larger ones. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;
/** So many at once in a process, until they are stored: 256 MiB. */
const HELD_MAX = 8;
/** Of one account, however slowly it sends. */
const HELD_EACH_MAX = 2;

/** The parts of an upload: its fields, and its one file. */
export type Upload = {
  readonly fields: ReadonlyMap<string, string>;
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
};

export type UploadTerms<T> = {
  /** Throws where the caller may put no file where it wants to; asked before anything is read. */
  readonly admit: () => Promise<void>;
  /** Whether the fields say where the file belongs. */
  readonly isEnough: (fields: ReadonlyMap<string, string>) => boolean;
  readonly store: (upload: Upload) => Promise<T>;
};

const places = createPlaces({
  max: HELD_MAX,
  eachMax: HELD_EACH_MAX,
  of: 'uploads that name their file first',
});

/**
 * Reads a form with one file and gives it to `store`: as it comes, when every needed field stands before it (`isEnough`), else
 * when the whole form was read. The content ends only if the form does: what is cut short is never stored. Throws `invalid` for
 * a form that is none, `limit` where too many files would be held.
 */
export async function readUpload<T>(
  { request, guest }: Pick<VaultCall<unknown, unknown, unknown>, 'request' | 'guest'>,
  { admit, isEnough, store }: UploadTerms<T>,
): Promise<T> {
  if (!request.isMultipart()) {
    throw new Problem('unsupported', 'an upload expected content-type `multipart/form-data`');
  }
  try {
    await admit();
    const fields = new Map<string, string>();
    const parts = partsOf(request);
    const file = await nextFile(parts, fields);
    if (file === null) throw new Problem('invalid', 'the form expected a file');
    const content = contentOf(file, parts, fields);
    const upload = { fields, name: file.filename };
    if (isEnough(fields)) return await store({ ...upload, content });
    const leave = places(guest.subject.id);
    try {
      return await store({ ...upload, content: await held(content) });
    } finally {
      leave();
    }
  } catch (thrown) {
    // What is left of it is not looked at; unread, it would keep the connection from its next request.
    request.raw.unpipe();
    request.raw.resume();
    throw formProblem(thrown);
  }
}

type Parts = ReturnType<typeof partsOf>;

/** The next file, or null at the end of the form; notes the fields before it. */
async function nextFile(parts: Parts, fields: Map<string, string>): Promise<MultipartFile | null> {
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    if (next.value.type === 'file') return next.value;
    fields.set(next.value.fieldname, String(next.value.value));
  }
  return null;
}

function partsOf(request: FastifyRequest) {
  const limits = {
    fileSize: Infinity, // the vault counts, and says what is too large
    fieldSize: FIELD_BYTES_MAX,
    fields: FIELDS_MAX,
    files: 2,
    headerPairs: 20,
  };
  return request.parts({ limits });
}

async function* contentOf(
  { file }: MultipartFile,
  parts: Parts,
  fields: Map<string, string>,
): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of file) yield piece as Buffer;
    if ((await nextFile(parts, fields)) === null) return;
  } catch (thrown) {
    throw formProblem(thrown);
  }
  throw new Problem('invalid', 'the form expected one file');
}

/** All of some content, which is in memory when this resolves. */
async function held(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of content) {
    sizeBytes += piece.length;
    if (sizeBytes > HELD_BYTES_MAX) throw tooLargeToHold();
    pieces.push(piece);
  }
  return each(pieces);
}

async function* each(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces;
}

function tooLargeToHold(): Problem {
  return new Problem(
    'invalid',
    `a file before its fields expected at most ${HELD_BYTES_MAX} bytes`,
    {
      hint: 'send the fields before the file',
    },
  );
}

/** What the parser throws is about the form, or the caller went away. */
function formProblem(thrown: unknown): unknown {
  if (thrown instanceof Problem) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : '';
  const isFormal = String(code).startsWith('FST_') || isOfParser(thrown);
  return isFormal
    ? new Problem('invalid', 'the form is not well formed, or did not come whole', {
        cause: thrown,
      })
    : thrown;
}

function isOfParser(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    /multipart|terminated early|malformed|boundary/iu.test(thrown.message)
  );
}
