import { endianness } from 'node:os';
import { assert } from '#base/assert';

/** Structures of PKCS#11 v2.40 as 64-bit Unix lays them out: everything is eight bytes, pointers too. */

/** Where bytes lie in memory; the buffer must outlive the call. */
type Address = (bytes: Buffer) => bigint;

/** A structure that points to other bytes, which must stay as long as it is in use. */
export type Structure = { readonly bytes: Buffer; readonly kept: readonly Buffer[] };

/** Return values, by what they mean here. SoftHSM tells a wrong tag as CKR_GENERAL_ERROR. */
export const CKR = {
  OK: 0,
  USER_ALREADY_LOGGED_IN: 0x100,
  ALREADY_INITIALIZED: 0x191,
  /** ENCRYPTED_DATA_INVALID, _LEN_RANGE, AEAD_DECRYPT_FAILED, DATA_INVALID, DATA_LEN_RANGE, GENERAL_ERROR */
  undecryptables: new Set([0x40, 0x41, 0x42, 0x20, 0x21, 0x05]),
  /** PIN_INCORRECT, _INVALID, _LEN_RANGE, _EXPIRED, _LOCKED, USER_NOT_LOGGED_IN */
  refusals: new Set([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x101]),
  /** KEY_HANDLE_INVALID, KEY_FUNCTION_NOT_PERMITTED, OBJECT_HANDLE_INVALID, KEY_TYPE_INCONSISTENT, TOKEN_NOT_PRESENT */
  unusables: new Set([0x60, 0x68, 0x82, 0x63, 0xe0]),
} as const;

const CKO_SECRET_KEY = 4;
const CKK_AES = 0x1f;
const CKA = { CLASS: 0, LABEL: 3, KEY_TYPE: 0x100, SENSITIVE: 0x103, EXTRACTABLE: 0x162 } as const;
const CKM_AES_GCM = 0x1087;
const TAG_BITS = 128;

/** A CK_ULONG to be read or written by a call. */
export function ulong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function ulongAt(bytes: Buffer, offset = 0): number {
  assert(endianness() === 'LE', 'pkcs#11 expected a little-endian machine');
  return Number(bytes.readBigUInt64LE(offset));
}

/** CK_MECHANISM of AES-GCM with its CK_GCM_PARAMS. */
export function cryptParameters(
  address: Address,
  iv: Uint8Array,
  associatedData: Uint8Array,
): Structure {
  const [ivBytes, aad] = [Buffer.from(iv), Buffer.from(associatedData)];
  const parameters = words(
    address(ivBytes),
    BigInt(ivBytes.length),
    BigInt(ivBytes.length * 8),
    address(aad),
    BigInt(aad.length),
    BigInt(TAG_BITS),
  );
  const mechanism = words(BigInt(CKM_AES_GCM), address(parameters), BigInt(parameters.length));
  return { bytes: mechanism, kept: [ivBytes, aad, parameters] };
}

type Template = Structure & { readonly count: number };

/** CK_ATTRIBUTEs that AES keys of this label have. */
export function findTemplate(address: Address, label: string): Template {
  const kept = [ulong(CKO_SECRET_KEY), ulong(CKK_AES), Buffer.from(label)] as const;
  return attributes(address, [
    [CKA.CLASS, kept[0]],
    [CKA.KEY_TYPE, kept[1]],
    [CKA.LABEL, kept[2]],
  ]);
}

/** CK_ATTRIBUTEs to be filled in, and whether they say that the key cannot leave the HSM. */
export function objectAttributes(address: Address): Template & { guarded(): boolean } {
  const [sensitive, extractable] = [Buffer.alloc(1), Buffer.alloc(1, 1)];
  const template = attributes(address, [
    [CKA.SENSITIVE, sensitive],
    [CKA.EXTRACTABLE, extractable],
  ]);
  return { ...template, guarded: () => sensitive[0] === 1 && extractable[0] === 0 };
}

function attributes(address: Address, all: readonly (readonly [number, Buffer])[]): Template {
  const bytes = Buffer.concat(
    all.map(([type, value]) => words(BigInt(type), address(value), BigInt(value.length))),
  );
  return { bytes, count: all.length, kept: all.map(([, value]) => value) };
}

function words(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(value, 8 * i);
  return bytes;
}
