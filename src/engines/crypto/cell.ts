import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import { viewOf } from './blocks.ts';
import { createFf1 } from './ff1.ts';
import { fastHmac } from './hmac.ts';
import type { FastHmac } from './hmac.ts';
import { KEY_BYTES, materialOf, preparedWith } from './key.ts';
import type { MaskKey } from './key.ts';
import { NONCE_HALF_BYTES, nonceKeys, openUnder, sealUnder, TAG_BYTES } from './xaes.ts';
import type { NonceKeys } from './xaes.ts';

/**
 * The cells of a vault: XAES-256-GCM under a key that is the data key's own or, where a data subject has a key, needs both.
 * docs/formats/vault-record.md
 */

/** Version of the data key (4 bytes), nonce, tag: what a cell is longer than its plaintext. */
export const CELL_OVERHEAD_BYTES = 4 + 2 * NONCE_HALF_BYTES + TAG_BYTES;
export { NONCE_HALF_BYTES };

const NONCE_AT = 4;
const HALF_AT = NONCE_AT + NONCE_HALF_BYTES;
const BODY_AT = HALF_AT + NONCE_HALF_BYTES;
const INFO_PREFIX = 'privet/vault/v1/';
/** As many derived keys are kept while cells are opened: one a batch they were written in. */
const DERIVED_KEYS_MAX = 256;

/** Seals cells that are written together. */
export type CellSealer = {
  /** Writes a cell into `out` from `at` on, from the beginning unless told; `nonce` is 12 fresh random bytes, `associated` names its place. */
  seal(cell: CellInput, out: Uint8Array, at?: number): void;
};

type CellInput = {
  readonly plaintext: Uint8Array;
  readonly associated: Uint8Array;
  readonly nonce: Uint8Array;
};

/** What the cells of one write have in common: 12 fresh random bytes, and the subject's key where there is one. */
export type Write = { readonly nonce: Uint8Array; readonly subjectKey: Uint8Array | null };

export function cellSealer(key: MaskKey, write: Write): CellSealer {
  const derived = keysFor(key, write.subjectKey)(write.nonce);
  const head = new Uint8Array(HALF_AT);
  viewOf(head).setUint32(0, key.version);
  head.set(write.nonce, NONCE_AT);
  return {
    seal({ plaintext, associated, nonce }, out, at = 0) {
      out.set(head, at);
      out.set(nonce, at + HALF_AT);
      sealUnder(derived, { plaintext, out, at: at + BODY_AT }, { half: nonce, associated });
    },
  };
}

/** Opens cells, whatever they were written with. */
export type CellOpener = {
  /** The plaintext of a cell; throws `corrupt` when it was not written for this place under these keys. */
  open(cell: Uint8Array, associated: Uint8Array): Uint8Array;
};

/** An opener for cells of any version; `keyOf` gives data keys by version, `subjectKey` must be that of the cells' subject. */
export function cellOpener(
  keyOf: (version: number) => MaskKey,
  subjectKey: Uint8Array | null,
): CellOpener {
  const derived = new Map<string, KeyObject>();
  const derivedOf = (cell: Uint8Array) => {
    const name = Buffer.from(cell.buffer, cell.byteOffset, HALF_AT).toString('latin1');
    const known = derived.get(name);
    if (known !== undefined) return known;
    const made = keysFor(keyOf(cellKeyVersion(cell)), subjectKey)(cell.subarray(NONCE_AT, HALF_AT));
    if (derived.size >= DERIVED_KEYS_MAX) derived.clear();
    derived.set(name, made);
    return made;
  };
  return {
    open: (cell, associated) =>
      openUnder(derivedOf(cell), cell.subarray(BODY_AT), {
        half: cell.subarray(HALF_AT, BODY_AT),
        associated,
      }),
  };
}

/** Which version of the data key a cell needs; throws `corrupt` for what is too short to be a cell. */
export function cellKeyVersion(cell: Uint8Array): number {
  if (cell.length < CELL_OVERHEAD_BYTES) {
    throw new Problem('corrupt', `cell expected at least ${CELL_OVERHEAD_BYTES} bytes`);
  }
  return viewOf(cell).getUint32(0);
}

/** Deriving under the data key alone is prepared once; with a subject's key it is as new as the subject. */
function keysFor(key: MaskKey, subjectKey: Uint8Array | null): NonceKeys {
  const own = preparedWith(key, 'vault/cells', () => nonceKeys(vaultKey(key, 'cells')));
  if (subjectKey === null) return own;
  const bytes = createHmac('sha256', vaultKey(key, 'subject-cells')).update(subjectKey).digest();
  const both = createSecretKey(bytes);
  bytes.fill(0);
  return nonceKeys(both);
}

/** How long a keyed digest is kept: 128 bits, which no two values of a vault share by chance. */
export const KEYED_DIGEST_BYTES = 16;

/** HMAC-SHA256 for the use that `use` names, its first 16 bytes: equal for equal bytes, and nothing else without the key. */
export function keyedDigest(key: MaskKey, use: string, bytes: Uint8Array): Uint8Array {
  return Buffer.from(hmacOf(key, use).text([bytes]).slice(0, KEYED_DIGEST_BYTES), 'latin1');
}

/** The same over parts as if they were one, all 32 bytes. */
export function fullDigest(key: MaskKey, use: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(hmacOf(key, use).text(parts), 'latin1');
}

function hmacOf(key: MaskKey, use: string): FastHmac {
  return preparedWith(key, `vault-hmac/${use}`, () => fastHmac(vaultKey(key, use)));
}

/** The key of one use in a vault, derived once from the data key by HKDF-SHA-256 (RFC 5869). */
function vaultKey(key: MaskKey, use: string): KeyObject {
  return preparedWith(key, `vault-key/${use}`, () => {
    const info = utf8(INFO_PREFIX + use);
    const root = materialOf(key).vaultRoot;
    const bytes = new Uint8Array(hkdfSync('sha256', root, new Uint8Array(0), info, KEY_BYTES));
    const made = createSecretKey(bytes);
    bytes.fill(0);
    return made;
  });
}

/** Numerals below `radix`, and what sets this permutation apart from others under the same key. */
export type NumeralInput = {
  readonly numerals: Uint16Array;
  readonly radix: number;
  readonly tweak: string;
};

/** FF1 (NIST SP 800-38G) over the numerals, in place, under the key of one use; throws `internal` below a million. */
export function encryptNumerals(key: MaskKey, use: string, input: NumeralInput): void {
  const { numerals, radix, tweak } = input;
  const name = `vault-ff1/${use}/${radix}/${tweak}`;
  const ff1 = preparedWith(key, name, () => createFf1(vaultKey(key, use), radix, utf8(tweak)));
  ff1.crypt({ digits: numerals, starts: Uint32Array.of(0, numerals.length) }, 'encrypt');
}
