import { createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base64, base64url, concat, equalConstantTime, fromBase64, hex, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** What a key signs: a note as it stands, or a checkpoint with the time (C2SP signed-note, Signature types). */
const SIGNATURE_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = keyof typeof SIGNATURE_TYPES;

/** A key as a verifier is given it: `name+keyid+base64(type ‖ public key)`, a vkey. */
export type NoteKey = {
  readonly type: SignatureType;
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
  readonly id: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
};

const PUBLIC_KEY_BYTES = 32;
const NAME = /^[^\s+\p{Cc}]{1,256}$/u;
const VKEY = /^(?<name>[^+]+)\+(?<id>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/]+={0,2})$/u;

/** The key under that name; throws `invalid` when a note cannot hold the name or the key is not 32 bytes. */
export function noteKey(type: SignatureType, name: string, publicKey: Uint8Array): NoteKey {
  if (!NAME.test(name)) {
    throw new Problem(
      'invalid',
      'key name expected 1 to 256 characters, none of them a space or `+`',
    );
  }
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new Problem('invalid', `public key expected 32 bytes, got ${publicKey.length}`);
  }
  const typed = concat(Uint8Array.of(SIGNATURE_TYPES[type]), publicKey);
  const id = hash('sha256', concat(utf8(`${name}\n`), typed), 'buffer').subarray(0, 4);
  return { type, name, id, publicKey };
}

export function formatVkey({ type, name, id, publicKey }: NoteKey): string {
  return `${name}+${hex(id)}+${base64(concat(Uint8Array.of(SIGNATURE_TYPES[type]), publicKey))}`;
}

/** The key a vkey stands for; throws `invalid` for another form, an unknown type, or an id that is not the key's. */
export function parseVkey(vkey: string): NoteKey {
  const found = VKEY.exec(vkey)?.groups;
  const bytes = fromBase64(found?.['key'] ?? '');
  const type = Object.entries(SIGNATURE_TYPES).find(([, byte]) => byte === bytes[0])?.[0];
  if (found === undefined || type === undefined) {
    throw new Problem('invalid', 'key expected the form `name+id+base64` with type 1 or 4');
  }
  const key = noteKey(type as SignatureType, found['name'] ?? '', bytes.subarray(1));
  if (formatVkey(key) === vkey) return key;
  throw new Problem('invalid', `key of \`${key.name}\` expected id ${hex(key.id)}`);
}

/** Whether a signature line names this key. */
export function keyMatches(
  key: NoteKey,
  line: { readonly name: string; readonly keyId: Uint8Array },
): boolean {
  return line.name === key.name && equalConstantTime(line.keyId, key.id);
}

const objects = new Map<string, KeyObject>();
/** Keys are few: logs and witnesses that somebody configured. */
const OBJECTS_MAX = 1_000;

/** Whether the signature is the key's over the message (RFC 8032); false for bytes that are no public key. */
export function verifiesEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const object = keyObject(publicKey);
  return object !== null && signature.length === 64 && verify(null, message, object, signature);
}

function keyObject(publicKey: Uint8Array): KeyObject | null {
  const x = base64url(publicKey);
  const known = objects.get(x);
  if (known !== undefined) return known;
  try {
    const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (objects.size >= OBJECTS_MAX) objects.clear();
    objects.set(x, made);
    return made;
  } catch {
    return null;
  }
}
