/**
 * What the first bytes of a tunnel say (RFC 8446 §4.1.2, RFC 6066 §3): `more` until that can be told, `other` for no TLS,
 * `hello` with the server name in it, null when there is none or it cannot be read, `malformed` for what begins as TLS
 * and is no ClientHello: a server may understand it otherwise than we do.
 */
export type FirstBytes =
  | { readonly kind: 'more' }
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'hello'; readonly serverName: string | null };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;

export function readFirstBytes(bytes: Uint8Array): FirstBytes {
  if (bytes.length === 0) return { kind: 'more' };
  if (bytes[0] !== HANDSHAKE) return { kind: 'other' };
  const { handshake, isOver } = joinRecords(bytes);
  const short = { kind: isOver ? 'malformed' : 'more' } as const;
  if (handshake.length > 0 && handshake[0] !== CLIENT_HELLO) return { kind: 'malformed' };
  if (handshake.length < 4) return short;
  const length = number(handshake, 1, 3);
  if (handshake.length < 4 + length) return short;
  return { kind: 'hello', serverName: nameIn(handshake.subarray(4, 4 + length)) };
}

/** The handshake bytes of the records so far; over when something else than a handshake record comes. */
function joinRecords(bytes: Uint8Array): {
  readonly handshake: Uint8Array;
  readonly isOver: boolean;
} {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at + 5 <= bytes.length && bytes[at] === HANDSHAKE) {
    const size = number(bytes, at + 3, 2);
    parts.push(bytes.subarray(at + 5, at + 5 + size));
    at += 5 + size;
  }
  const isOver = at < bytes.length && bytes[at] !== HANDSHAKE;
  return { handshake: Buffer.concat(parts), isOver };
}

/** Walks over version, random, session, ciphers and compression to the extensions. */
function nameIn(hello: Uint8Array): string | null {
  let at = 2 + 32;
  at += 1 + number(hello, at, 1);
  at += 2 + number(hello, at, 2);
  at += 1 + number(hello, at, 1);
  const end = at + 2 + number(hello, at, 2);
  at += 2;
  while (at + 4 <= end && end <= hello.length) {
    const [type, size] = [number(hello, at, 2), number(hello, at + 2, 2)];
    if (type === SERVER_NAME) return hostIn(hello.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return null;
}

function hostIn(extension: Uint8Array): string | null {
  const size = number(extension, 3, 2);
  if (extension[2] !== 0 || size === 0 || extension.length < 5 + size) return null;
  return Buffer.from(extension.subarray(5, 5 + size))
    .toString('latin1')
    .toLowerCase();
}

/** Big-endian; what lies beyond the end counts as zero, so that a short text ends the walk. */
function number(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let i = 0; i < sizeBytes; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
