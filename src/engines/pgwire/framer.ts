import { concat } from '#base/bytes';
import { Problem } from '#base/problem';

/** One whole message: `tag` is 0 for an untyped start-up packet; `bytes` is all of it, `body` what follows the length. */
export type Frame = {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
};

/**
 * What the next message must look like: start-up packets have no tag; the cap counts the whole message; a single tag
 * that is allowed is checked before the length is believed.
 */
export type Framing =
  | { readonly kind: 'packet'; readonly bytesMax: number }
  | { readonly kind: 'message'; readonly bytesMax: number; readonly only?: number };

/**
 * Cuts a byte stream into messages, one at a time, because what may come next depends on the message before.
 * Any chunking of the same bytes gives the same messages.
 */
export type Framer = {
  readonly push: (chunk: Uint8Array) => void;
  /** The next whole message under this framing, or null until more bytes come; throws `invalid` or `limit`. */
  readonly next: (framing: Framing) => Frame | null;
  /** Bytes held that are not yet a message. */
  readonly held: () => number;
};

export function createFramer(): Framer {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let needed = 0;
  const joined = (): Uint8Array => {
    const first = chunks.length === 1 ? chunks[0] : undefined;
    const all = first ?? concat(...chunks);
    chunks = [all];
    return all;
  };
  return {
    push: (chunk) => {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      size += chunk.length;
    },
    next: (framing) => {
      const header = framing.kind === 'packet' ? 4 : 5;
      if (size < Math.max(header, needed)) return null;
      const all = joined();
      const total = messageSize(all, framing);
      needed = size < total ? total : 0;
      if (needed > 0) return null;
      const bytes = all.subarray(0, total);
      chunks = total === size ? [] : [all.subarray(total)];
      size -= total;
      return { tag: header === 5 ? (bytes[0] ?? 0) : 0, bytes, body: bytes.subarray(header) };
    },
    held: () => size,
  };
}

/** Whole size of the message that begins `bytes`; a length is signed, so the sign bit is refused, not looped on. */
function messageSize(bytes: Uint8Array, framing: Framing): number {
  const at = framing.kind === 'packet' ? 0 : 1;
  if (framing.kind === 'message' && framing.only !== undefined && bytes[0] !== framing.only) {
    throw new Problem('invalid', 'protocol violation: message does not belong here');
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(at);
  const least = framing.kind === 'packet' ? 8 : 4;
  if (length < least) {
    throw new Problem('invalid', `message length expected at least ${least}, got ${length}`);
  }
  if (length + at > framing.bytesMax) {
    throw new Problem('limit', `message of ${length} bytes, limit ${framing.bytesMax}`);
  }
  return length + at;
}
