import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { concat, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/**
 * The bytes of a sealed file (docs/formats/vault-file.md): chunks of AES-256-GCM under a key of the file's own, in the STREAM
 * construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce counts the chunks and marks the last, so that none can be
 * left out, added, repeated or moved, nor the file cut short.
 */

const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const NONCE_BYTES = 12;

/** A file's key, and the name of its blob, which every chunk is bound to. */
export type FileKey = { readonly key: Uint8Array; readonly blob: string };

/** The sealed bytes of content that comes in pieces of any size. */
export async function* sealChunks(
  file: FileKey,
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const key = createSecretKey(file.key);
  let number = 0;
  for await (const { bytes, last } of chunked(content, CHUNK_BYTES)) {
    yield sealChunk(key, bytes, { number, last, blob: file.blob });
    number += 1;
  }
}

/** The content of sealed bytes, as it can be trusted: chunk by chunk; throws `corrupt` at the first that does not fit. */
export async function* openChunks(
  file: FileKey,
  sealed: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const key = createSecretKey(file.key);
  let number = 0;
  for await (const { bytes, last } of chunked(sealed, SEALED_CHUNK_BYTES)) {
    yield openChunk(key, bytes, { number, last, blob: file.blob });
    number += 1;
  }
}

type ChunkName = { readonly number: number; readonly last: boolean; readonly blob: string };

function sealChunk(key: KeyObject, bytes: Uint8Array, name: ChunkName): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(name), { authTagLength: TAG_BYTES });
  cipher.setAAD(utf8(name.blob));
  return concat(cipher.update(bytes), cipher.final(), cipher.getAuthTag());
}

function openChunk(key: KeyObject, sealed: Uint8Array, name: ChunkName): Uint8Array {
  try {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(name), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(utf8(name.blob));
    decipher.setAuthTag(sealed.subarray(end));
    return concat(decipher.update(sealed.subarray(0, end)), decipher.final());
  } catch (cause) {
    throw new Problem('corrupt', 'file is not what was uploaded', { cause });
  }
}

function nonceOf({ number, last }: ChunkName): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(7, number);
  nonce[NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}

/** The bytes again in pieces of one size; the last may be shorter, and is empty for no bytes at all. */
async function* chunked(
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): AsyncIterable<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  let held: Uint8Array = new Uint8Array(0);
  for await (const piece of content) {
    held = held.length === 0 ? piece : concat(held, piece);
    while (held.length > sizeBytes) {
      yield { bytes: held.subarray(0, sizeBytes), last: false };
      held = held.subarray(sizeBytes);
    }
  }
  yield { bytes: held, last: true };
}
