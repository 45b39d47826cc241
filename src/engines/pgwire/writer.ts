import { concat, utf8 } from '#base/bytes';

const ZERO = new Uint8Array(1);
const HEADER_BYTES = 5;

/** A piece of a message body: bytes as they are, or a text that is written with its terminating zero. */
export type Piece = Uint8Array | string;

/** A typed message: tag, length (which counts itself), body. */
export function message(tag: number, ...pieces: readonly Piece[]): Uint8Array {
  const parts = pieces.map(bytesOf);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(HEADER_BYTES + size);
  out[0] = tag;
  new DataView(out.buffer).setInt32(1, 4 + size);
  let at = HEADER_BYTES;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** An untyped packet, as only start-up has them: length, body. */
export function packet(...pieces: readonly Piece[]): Uint8Array {
  const body = concat(...pieces.map(bytesOf));
  return concat(int32(4 + body.length), body);
}

/** A 16-bit integer, big-endian. */
export function int16(value: number): Uint8Array {
  return new Uint8Array([(value >> 8) & 0xff, value & 0xff]);
}

/** A 32-bit integer, big-endian. */
export function int32(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
}

export function byte(value: number): Uint8Array {
  return new Uint8Array([value]);
}

function bytesOf(piece: Piece): Uint8Array {
  if (typeof piece !== 'string') return piece;
  return piece === '' ? ZERO : concat(utf8(piece), ZERO);
}
