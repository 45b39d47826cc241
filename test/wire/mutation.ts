import type { Dice } from '../interference/query.ts';
import { message } from '../stand/wire.ts';

/** A packet without type: length and body, as connections begin. */
export function packet(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length + 4, 0);
  return Buffer.concat([head, body]);
}

/** A StartupMessage of protocol 3.0. */
export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).flat();
  return packet(Buffer.concat([int32(3 << 16), texts(...pairs), Buffer.alloc(1)]));
}

/** SSLRequest, GSSENCRequest and CancelRequest have a code in place of a version. */
export const sslRequest = packet(int32((1234 << 16) | 5679));
export const gssRequest = packet(int32((1234 << 16) | 5680));
export const cancelRequest = packet(
  Buffer.concat([int32((1234 << 16) | 5678), int32(1), int32(2)]),
);

/** A SASLInitialResponse and a SASLResponse. */
export function saslFirst(text: string, mechanism = 'SCRAM-SHA-256'): Buffer {
  return message('p', Buffer.concat([texts(mechanism), int32(text.length), Buffer.from(text)]));
}
export const saslNext = (text: string): Buffer => message('p', Buffer.from(text));

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function texts(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${part}\0`).join(''));
}

const TYPES = 'QPBDECSHXFdcfpRZvGIKNnstTVW\0\xff';
const LENGTHS = [0, 3, 4, 5, -1, -2147483648, 2147483647, 65536, 17 * 1024 * 1024];

/** One mangled version of a conversation: parts are cut, doubled, left out, swapped, flipped, lied about or made up. */
export function mangle(parts: readonly Buffer[], roll: Dice): Buffer {
  let mangled: Buffer[] = parts.map((part) => Buffer.from(part));
  for (let times = 1 + roll(3); times > 0; times--) mangled = mangleOnce(mangled, roll);
  return Buffer.concat(mangled);
}

function mangleOnce(parts: Buffer[], roll: Dice): Buffer[] {
  const at = roll(parts.length);
  const part = parts[at] ?? Buffer.alloc(0);
  switch (roll(8)) {
    case 0:
      return parts.with(at, part.subarray(0, roll(part.length + 1)));
    case 1:
      return parts.toSpliced(at, 0, part);
    case 2:
      return parts.length > 1 ? parts.toSpliced(at, 1) : parts;
    case 3:
      return parts.toSorted(() => roll(3) - 1);
    case 4:
      return parts.with(at, flipped(part, roll));
    case 5:
      return parts.with(at, lied(part, roll));
    case 6:
      return parts.toSpliced(at, 0, noise(roll));
    default:
      return parts.toSpliced(at, 0, madeUp(roll));
  }
}

function flipped(part: Buffer, roll: Dice): Buffer {
  const bytes = Buffer.from(part);
  for (let times = 1 + roll(4); times > 0 && bytes.length > 0; times--) {
    bytes[roll(bytes.length)] = roll(256);
  }
  return bytes;
}

/** The length of a message says something else. */
function lied(part: Buffer, roll: Dice): Buffer {
  const bytes = Buffer.from(part);
  const at = (bytes[0] ?? 0) === 0 ? 0 : 1;
  if (bytes.length >= at + 4) bytes.writeInt32BE(LENGTHS[roll(LENGTHS.length)] ?? 0, at);
  return bytes;
}

function noise(roll: Dice): Buffer {
  return Buffer.from(Array.from({ length: 1 + roll(40) }, () => roll(256)));
}

/** A message of some type with a true length and a senseless body. */
function madeUp(roll: Dice): Buffer {
  return message(TYPES[roll(TYPES.length)] ?? 'Q', noise(roll));
}
