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

/** What derives the keys of cells from the data key of one version, and from that of a data subject where there is one. */
export type CellKeys = {
  readonly version: number;
  derive(subjectKey: Uint8Array | null): NonceKeys;
};

/** The keys behind `CellKeys`, as they are lent to another thread for one piece of work. */
export type LentCellKeys = {
  readonly version: number;
  readonly own: KeyObject;
  readonly ofSubjects: KeyObject;
};

/** Throws `expired`, at each use, once the data key was destroyed. */
export function cellKeys(key: MaskKey): CellKeys {
  return { version: key.version, derive: (subjectKey) => keysFor(key, subjectKey) };
}

export function lendCellKeys(key: MaskKey): LentCellKeys {
  const [own, ofSubjects] = [vaultKey(key, 'cells'), vaultKey(key, 'subject-cells')];
  return { version: key.version, own, ofSubjects };
}

export function borrowedCellKeys({ version, own, ofSubjects }: LentCellKeys): CellKeys {
  const shared = nonceKeys(own);
  return {
    version,
    derive: (subjectKey) => (subjectKey === null ? shared : subjectKeys(ofSubjects, subjectKey)),
  };
}

/** Seals cells that are written together. */
export type CellSealer = {
  /** Writes a cell into `out` from `at` on, from the beginning unless told; `nonce` is 12 fresh random bytes, `associated` names its place. */
  seal(cell: CellInput, out: Uint8Array, at?: number): void;
  /** Makes a cell of what `layCell` put there. */
  sealLaid(cell: Uint8Array, associated: Uint8Array): void;
};

/** Puts what is to be sealed where its cell will be; `nonce` is 12 fresh random bytes. */
export function layCell(
  { plaintext, nonce }: Omit<CellInput, 'associated'>,
  out: Uint8Array,
  at: number,
): void {
  out.set(nonce, at + HALF_AT);
  out.set(plaintext, at + BODY_AT);
}

/** Where the plaintext was laid, or is after `openLaid`. */
export function laidPlaintext(cell: Uint8Array): Uint8Array {
  return cell.subarray(BODY_AT, cell.length - TAG_BYTES);
}

type CellInput = {
  readonly plaintext: Uint8Array;
  readonly associated: Uint8Array;
  readonly nonce: Uint8Array;
};

/** What the cells of one write have in common: 12 fresh random bytes, and the subject's key where there is one. */
export type Write = { readonly nonce: Uint8Array; readonly subjectKey: Uint8Array | null };

export function cellSealer(keys: CellKeys, write: Write): CellSealer {
  const derived = keys.derive(write.subjectKey)(write.nonce);
  const head = new Uint8Array(HALF_AT);
  viewOf(head).setUint32(0, keys.version);
  head.set(write.nonce, NONCE_AT);
  return {
    seal({ plaintext, associated, nonce }, out, at = 0) {
      out.set(head, at);
      out.set(nonce, at + HALF_AT);
      sealUnder(derived, { plaintext, out, at: at + BODY_AT }, { half: nonce, associated });
    },
    sealLaid(cell, associated) {
      cell.set(head);
      const half = cell.subarray(HALF_AT, BODY_AT);
      const input = { plaintext: laidPlaintext(cell), out: cell, at: BODY_AT };
      sealUnder(derived, input, { half, associated });
    },
  };
}

/** Opens cells, whatever they were written with. */
export type CellOpener = {
  /** The plaintext of a cell; throws `corrupt` when it was not written for this place under these keys. */
  open(cell: Uint8Array, associated: Uint8Array): Uint8Array;
};

/** An opener for cells of any version; `keysOf` gives keys by version, `subjectKey` must be that of the cells' subject. */
export function cellOpener(
  keysOf: (version: number) => CellKeys,
  subjectKey: Uint8Array | null,
): CellOpener {
  const derived = new Map<string, KeyObject>();
  const derivedOf = (cell: Uint8Array) => {
    const name = Buffer.from(cell.buffer, cell.byteOffset, HALF_AT).toString('latin1');
    const known = derived.get(name);
    if (known !== undefined) return known;
    const keys = keysOf(cellKeyVersion(cell));
    const made = keys.derive(subjectKey)(cell.subarray(NONCE_AT, HALF_AT));
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

/** Which version of the data key a cell needs, which lies from `at` on; throws `corrupt` for what is too short to be a cell. */
export function cellKeyVersion(bytes: Uint8Array, at = 0): number {
  if (bytes.length < at + CELL_OVERHEAD_BYTES) {
    throw new Problem('corrupt', `cell expected at least ${CELL_OVERHEAD_BYTES} bytes`);
  }
  let version = 0;
  for (let i = at; i < at + NONCE_AT; i++) version = version * 256 + (bytes[i] as number);
  return version;
}

/** Deriving under the data key alone is prepared once; with a subject's key it is as new as the subject. */
function keysFor(key: MaskKey, subjectKey: Uint8Array | null): NonceKeys {
  const own = preparedWith(key, 'vault/cells', () => nonceKeys(vaultKey(key, 'cells')));
  return subjectKey === null ? own : subjectKeys(vaultKey(key, 'subject-cells'), subjectKey);
}

function subjectKeys(ofSubjects: KeyObject, subjectKey: Uint8Array): NonceKeys {
  const bytes = createHmac('sha256', ofSubjects).update(subjectKey).digest();
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

/** The digest of one use, prepared, for whoever needs it very often. */
export function hmacOf(key: MaskKey, use: string): FastHmac {
  return preparedWith(key, `vault-hmac/${use}`, () => fastHmac(vaultKey(key, use)));
}

/** The key of the digests of one use, as it is lent to another thread for one piece of work: `fastHmac` makes them of it. */
export function lendDigestKey(key: MaskKey, use: string): KeyObject {
  return vaultKey(key, use);
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
