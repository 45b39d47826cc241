import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { assert, sized } from '#base/assert';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** Data keys and everything derived from them are this long: AES-256, SHA-256. */
export const KEY_BYTES = 32;

/**
 * What a keyed mask needs, made from one data key. Opaque: the material is kept aside, so that no log line, inspection
 * or copy of this value can show it, and so that destroying it stops every holder at once.
 */
export type MaskKey = { readonly kind: 'mask-key'; readonly version: number };

/** The derived keys of one mask key; each is used for one purpose only. */
export type MaskMaterial = {
  /** Salt of the hash mask. */
  readonly hashSalt: KeyObject;
  /** AES-256 key of FF1. */
  readonly formatKey: KeyObject;
  /** Salt of the stand-in for values FF1 cannot take. */
  readonly formatSalt: KeyObject;
  /** AES-256-CBC key of the reversible mask. */
  readonly cellKey: KeyObject;
  /** AES-256-CMAC key of the reversible mask. */
  readonly cellTagKey: KeyObject;
  /** What the keys of a vault are derived from, one a use. */
  readonly vaultRoot: KeyObject;
  /** When it was last asked for is not kept, only whether it was since the keyring last looked. */
  used: boolean;
  /** State prepared from this key (tables, cipher contexts), dropped with it. */
  readonly prepared: Map<string, unknown>;
};

/** Names a use in HKDF's info, so that keys of different uses are unrelated. */
const INFO_PREFIX = 'privet/mask/v1/';

const materials = new WeakMap<MaskKey, MaskMaterial>();

/** A mask key from 32 bytes of a data key (not kept; the caller may zero them) and its version; throws `invalid` on size. */
export function maskKeyFrom(secret: Uint8Array, version: number): MaskKey {
  sized(secret, KEY_BYTES, 'data key');
  assert(Number.isInteger(version) && version >= 1, 'key version expected a positive integer');
  const key: MaskKey = Object.freeze({ kind: 'mask-key', version });
  materials.set(key, {
    hashSalt: deriveKey(secret, `${INFO_PREFIX}hash-salt`),
    formatKey: deriveKey(secret, `${INFO_PREFIX}ff1`),
    formatSalt: deriveKey(secret, `${INFO_PREFIX}ff1-salt`),
    cellKey: deriveKey(secret, `${INFO_PREFIX}cbc`),
    cellTagKey: deriveKey(secret, `${INFO_PREFIX}cbc-cmac`),
    vaultRoot: deriveKey(secret, `${INFO_PREFIX}vault`),
    used: false,
    prepared: new Map(),
  });
  return key;
}

/** Makes a mask key useless for every holder: later use throws `expired`. */
export function destroyMaskKey(key: MaskKey): void {
  materials.delete(key);
}

/** Whether a mask key can still be used. */
export function maskKeyHeld(key: MaskKey): boolean {
  return materials.has(key);
}

/** The material of a mask key; throws `expired` when it was destroyed. */
export function materialOf(key: MaskKey): MaskMaterial {
  const material = materials.get(key);
  if (material === undefined) {
    throw new Problem('expired', 'mask key has been destroyed', {
      hint: 'ask the keyring for it again',
    });
  }
  material.used = true;
  return material;
}

/** Whether a mask key was used since this was last asked; false when it was destroyed. */
export function takeMaskKeyUse(key: MaskKey): boolean {
  const material = materials.get(key);
  const used = material?.used === true;
  if (material !== undefined) material.used = false;
  return used;
}

/** State made once from a key and kept with it: `make` runs on the first call for `name`. */
export function preparedWith<T>(
  key: MaskKey,
  name: string,
  make: (material: MaskMaterial) => T,
): T {
  const material = materialOf(key);
  const known = material.prepared.get(name);
  if (known !== undefined) return known as T; // made by this function under this name
  const made = make(material);
  material.prepared.set(name, made);
  return made;
}

/** A 32-byte key for the use that `info` names: HKDF-SHA-256 (RFC 5869) with an empty salt. */
function deriveKey(secret: Uint8Array, info: string): KeyObject {
  const bytes = new Uint8Array(deriveBytes(secret, info, KEY_BYTES));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** `sizeBytes` bytes for the use that `info` names: HKDF-SHA-256 (RFC 5869) with an empty salt. */
export function deriveBytes(secret: Uint8Array, info: string, sizeBytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), utf8(info), sizeBytes));
}
