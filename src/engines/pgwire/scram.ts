import { base64, fromBase64, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** The two hashes SCRAM is made of, by argument: this part is pure. Both are over SHA-256. */
export type ScramHashes = {
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly hmac: (key: Uint8Array, bytes: Uint8Array) => Uint8Array;
};

/** What a server stores instead of a password (RFC 5802 §3). */
export type ScramVerifier = {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/** Data that ties a log-in to its TLS session: the hash of the server's certificate (RFC 5929 §4), or none without TLS. */
export type ChannelBinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls-server-end-point'; readonly data: Uint8Array };

export const SCRAM = 'SCRAM-SHA-256';
export const SCRAM_PLUS = 'SCRAM-SHA-256-PLUS';

/** The mechanisms a server with this binding offers, best first. */
export function mechanismsFor(binding: ChannelBinding): readonly string[] {
  return binding.kind === 'none' ? [SCRAM] : [SCRAM_PLUS, SCRAM];
}

/** What a SCRAM message says, attribute by attribute, in order; throws `unauthenticated` when it is not one. */
export function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    const name = part[0];
    if (name === undefined || part[1] !== '=' || found.has(name)) throw badExchange();
    found.set(name, part.slice(2));
  }
  return found;
}

/** Base64 that decodes to exactly what it encodes; anything looser is refused. */
export function strictBase64(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (base64(bytes) !== text) throw badExchange();
  return bytes;
}

/** ASCII text of a SCRAM message; throws `unauthenticated` for other bytes. */
export function scramText(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch {
    throw badExchange();
  }
}

/** The one answer to every malformed or wrong step, so that none tells more than another. */
export function badExchange(): Problem {
  return new Problem('unauthenticated', 'malformed SCRAM message');
}

export function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((value, i) => value ^ (right[i] ?? 0));
}

export const clientKeyLabel = utf8('Client Key');
export const serverKeyLabel = utf8('Server Key');
