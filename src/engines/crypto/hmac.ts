import { createHmac, hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { assert } from '#base/assert';

/**
 * HMAC-SHA-256 (RFC 2104) under a key that is used very often: two one-shot hashes over buffers that hold the padded key
 * already. A `createHmac` costs three times as much, nearly all of it for what is made and thrown away
 * (docs/design/column-cryptography.md).
 */
export type FastHmac = {
  /** The digest over the parts as if they were one, as text of one character a byte (`binary`, which is latin1): the form that costs least. */
  text(parts: readonly Uint8Array[]): string;
  /** Zeroes the key in it; it must not be used any more. */
  wipe(): void;
};

const BLOCK = 64;
const DIGEST = 32;
/** Longer messages are hashed by `createHmac`: there the bytes cost, not the call. */
const MESSAGE_MAX = 2_048;
/** For block and message up to this long a view each is kept. */
const VIEWED_MAX = BLOCK + 192;

/** Prepares a key of at most 64 bytes. */
export function fastHmac(key: KeyObject): FastHmac {
  const bytes = key.export();
  assert(bytes.length <= BLOCK, 'hmac key expected at most 64 bytes');
  // Buffers of their own, not from Node's pool: they hold a key.
  const inner = Buffer.from(new ArrayBuffer(BLOCK + MESSAGE_MAX));
  const outer = Buffer.from(new ArrayBuffer(BLOCK + DIGEST));
  inner.fill(0x36, 0, BLOCK);
  outer.fill(0x5c, 0, BLOCK);
  for (const [i, byte] of bytes.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  bytes.fill(0);
  const views: Buffer[] = [];
  const viewOf = (end: number): Buffer => {
    const view = views[end] ?? inner.subarray(0, end);
    if (end <= VIEWED_MAX) views[end] = view;
    return view;
  };
  return {
    text(parts) {
      let end = BLOCK;
      for (const part of parts) end += part.length;
      if (end > BLOCK + MESSAGE_MAX) return longDigest(key, parts);
      let at = BLOCK;
      for (const part of parts) {
        inner.set(part, at);
        at += part.length;
      }
      outer.write(hash('sha256', viewOf(end), 'binary'), BLOCK, 'latin1');
      inner.fill(0, BLOCK, end);
      return hash('sha256', outer, 'binary');
    },
    wipe() {
      inner.fill(0);
      outer.fill(0);
    },
  };
}

function longDigest(key: KeyObject, parts: readonly Uint8Array[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('binary');
}
