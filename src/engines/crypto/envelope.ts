import { createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from 'node:crypto';
import { assert, sized } from '#base/assert';
import { concat, textOf, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { viewOf } from './blocks.ts';
import { KEY_BYTES } from './key.ts';

/**
 * The envelope, version 1: AES-256-GCM under keys derived for this one message, so that neither the number of messages
 * under a key nor their nonces need counting, and with a commitment to the key. docs/formats/envelope.md
 */

/** What the sealed bytes are for; must be given again, exactly, to open them. */
export type SealContext = Readonly<Record<string, string>>;

/** Which key sealed an envelope. */
export type KeyName = { readonly scope: string; readonly version: number };

export type SealInput = {
  readonly plaintext: Uint8Array;
  readonly name: KeyName;
  readonly context: SealContext;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
};

export const NONCE_BYTES = 32;
/** A scope names a thing, it does not describe it. */
const SCOPE_BYTES_MAX = 255;
/** Sealed as one piece in memory; larger things are sealed in pieces. */
const PLAINTEXT_BYTES_MAX = 64 * 1024 * 1024;

const MAGIC = utf8('PVE');
const VERSION = 1;
const AES_256_GCM = 1;
const COMMITMENT_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = utf8('privet/envelope/v1');
/** Magic, version, algorithm, key version, length of the scope. */
const FIXED_BYTES = 3 + 1 + 1 + 4 + 1;

/** Sealed bytes; throws `invalid` for sizes out of bounds and `limit` for too much. */
export function sealEnvelope(secret: Uint8Array, input: SealInput): Uint8Array {
  sized(input.nonce, NONCE_BYTES, 'nonce');
  if (input.plaintext.length > PLAINTEXT_BYTES_MAX) {
    throw new Problem(
      'limit',
      `plaintext too large: limit ${PLAINTEXT_BYTES_MAX} bytes, got ${input.plaintext.length}`,
    );
  }
  const keys = messageKeys(secret, input.nonce);
  const header = concat(headerStart(input.name), input.nonce, keys.commitment);
  const cipher = createCipheriv('aes-256-gcm', keys.key, keys.iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(header, input.context));
  const body = concat(cipher.update(input.plaintext), cipher.final(), cipher.getAuthTag());
  wipe(keys);
  return concat(header, body);
}

/** Which key opens an envelope, without opening it; throws `corrupt` when the bytes are no envelope of ours. */
export function envelopeKey(sealed: Uint8Array): KeyName {
  return readHeader(sealed).name;
}

/** The plaintext; throws `corrupt` when bytes, key or context are not those it was sealed with, without saying which. */
export function openEnvelope(
  secret: Uint8Array,
  sealed: Uint8Array,
  context: SealContext,
): Uint8Array {
  const { nonce, commitment, headerBytes } = readHeader(sealed);
  const keys = messageKeys(secret, nonce);
  try {
    if (!timingSafeEqual(commitment, keys.commitment)) throw unopened();
    const decipher = createDecipheriv('aes-256-gcm', keys.key, keys.iv, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(sealed.subarray(0, headerBytes), context));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const body = sealed.subarray(headerBytes, sealed.length - TAG_BYTES);
    return concat(decipher.update(body), decipher.final());
  } catch (cause) {
    throw cause instanceof Problem ? cause : unopened();
  } finally {
    wipe(keys);
  }
}

type MessageKeys = {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly commitment: Uint8Array;
};

/** Key, IV and commitment of one message: HKDF-SHA-256 (RFC 5869) with the nonce as salt. */
function messageKeys(secret: Uint8Array, nonce: Uint8Array): MessageKeys {
  sized(secret, KEY_BYTES, 'data key');
  const size = KEY_BYTES + IV_BYTES + COMMITMENT_BYTES;
  const bytes = new Uint8Array(hkdfSync('sha256', secret, nonce, INFO, size));
  return {
    key: bytes.subarray(0, KEY_BYTES),
    iv: bytes.subarray(KEY_BYTES, KEY_BYTES + IV_BYTES),
    commitment: bytes.subarray(KEY_BYTES + IV_BYTES),
  };
}

function headerStart({ scope, version }: KeyName): Uint8Array {
  const scopeBytes = utf8(scope);
  assert(
    Number.isInteger(version) && version >= 1 && version < 2 ** 32,
    'key version expected 32 bits',
  );
  if (scopeBytes.length === 0 || scopeBytes.length > SCOPE_BYTES_MAX) {
    throw new Problem(
      'invalid',
      `key scope expected 1 to ${SCOPE_BYTES_MAX} bytes, got ${scopeBytes.length}`,
    );
  }
  const start = new Uint8Array(FIXED_BYTES);
  start.set(MAGIC);
  start[3] = VERSION;
  start[4] = AES_256_GCM;
  viewOf(start).setUint32(5, version);
  start[9] = scopeBytes.length;
  return concat(start, scopeBytes);
}

type Header = {
  readonly name: KeyName;
  readonly nonce: Uint8Array;
  readonly commitment: Uint8Array;
  readonly headerBytes: number;
};

function readHeader(sealed: Uint8Array): Header {
  const scopeBytes = sealed[9] ?? 0;
  const nonceAt = FIXED_BYTES + scopeBytes;
  const headerBytes = nonceAt + NONCE_BYTES + COMMITMENT_BYTES;
  const known =
    MAGIC.every((byte, i) => sealed[i] === byte) &&
    sealed[3] === VERSION &&
    sealed[4] === AES_256_GCM;
  if (!known || scopeBytes === 0 || sealed.length < headerBytes + TAG_BYTES) {
    throw new Problem('corrupt', 'expected an envelope of version 1');
  }
  return {
    name: {
      scope: scopeText(sealed.subarray(FIXED_BYTES, nonceAt)),
      version: viewOf(sealed).getUint32(5),
    },
    nonce: sealed.subarray(nonceAt, nonceAt + NONCE_BYTES),
    commitment: sealed.subarray(nonceAt + NONCE_BYTES, headerBytes),
    headerBytes,
  };
}

function scopeText(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch (cause) {
    throw new Problem('corrupt', 'envelope expected a scope in utf-8', { cause });
  }
}

/** The header says where it ends, so header and context cannot be shifted against each other. */
function associatedData(header: Uint8Array, context: SealContext): Uint8Array {
  return concat(header, utf8(canonicalJson(context)));
}

function wipe(keys: MessageKeys): void {
  keys.key.fill(0);
  keys.iv.fill(0);
}

function unopened(): Problem {
  return new Problem(
    'corrupt',
    'envelope does not open: bytes, key or context are not those it was sealed with',
  );
}
