import { hash, randomFillSync } from 'node:crypto';
import { equalConstantTime, fromHex, hex, textOf, utf8 } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { fieldTable, shapes } from '#boundary';
import type { AnyShape } from '#boundary';
import { CLIENT_ADDRESS } from './kinds.ts';

type RecordShape = Extract<AnyShape, { kind: 'record' }>;

/** A kind of leaf, taken apart: what its entry holds, and what is kept beside it so that it can be erased. */
export type Parted = {
  readonly entry: RecordShape;
  /** Null for kinds without details. */
  readonly details: RecordShape | null;
};

/** The member of an entry that stands for its details. */
export const COMMITMENT = 'details';
const SALT_BYTES = 32;
const LABEL = utf8('privet-ledger-details/v1\n');

/**
 * Takes a kind apart. Details are the fields that hold text a person wrote, and the address a client came from: what may
 * have to be forgotten while everything else must stay. The entry has a salted commitment in their place.
 */
export function parted(kind: RecordShape): Parted {
  const fields = Object.entries(kind.fields);
  const details = fields.filter(([, shape]) => isDetail(shape));
  if (details.length === 0) return { entry: kind, details: null };
  const others = fields.filter(([, shape]) => !isDetail(shape));
  const commitment = shapes.nullable(shapes.sha256Hex());
  return {
    entry: shapes.record({ ...Object.fromEntries(others), [COMMITMENT]: commitment }),
    details: shapes.record(Object.fromEntries(details)),
  };
}

function isDetail(shape: AnyShape): boolean {
  if (shape === CLIENT_ADDRESS) return true;
  return fieldTable(shape).some(({ field }) => field.class === 'text-by-operator');
}

/** Details as they are kept, a salt of 32 bytes and their canonical JSON, and what the entry says of them. */
export function saltDetails(text: string): { kept: Uint8Array; commitment: string } {
  const bytes = Buffer.allocUnsafe(LABEL.length + SALT_BYTES + Buffer.byteLength(text));
  bytes.set(LABEL, 0);
  takeSalt(bytes.subarray(LABEL.length));
  bytes.write(text, LABEL.length + SALT_BYTES, 'utf8');
  return { kept: bytes.subarray(LABEL.length), commitment: hash('sha256', bytes) };
}

/** What an entry says of kept details: SHA-256(label ‖ salt ‖ canonical JSON), in hex. */
function commitmentTo(kept: Uint8Array): string {
  return hash('sha256', Buffer.concat([LABEL, kept]));
}

const COMMITTED = /"details":"(?<hex>[0-9a-f]{64})"/u;

/** Whether the details are those the entry commits to; the pattern stands in no text of an entry, whose quotes are escaped. */
export function detailsFit(entry: string, kept: Uint8Array): boolean {
  const committed = COMMITTED.exec(entry)?.groups?.['hex'];
  return (
    committed !== undefined && equalConstantTime(fromHex(committed), fromHex(commitmentTo(kept)))
  );
}

/** Salt and text of kept details, to be shown. */
export type OpenDetails = { readonly salt: string; readonly text: string };

export function openDetails(kept: Uint8Array): OpenDetails {
  return { salt: hex(kept.subarray(0, SALT_BYTES)), text: textOf(kept.subarray(SALT_BYTES)) };
}

/** The members of an entry with its details among them; those that were erased are null. Throws `corrupt` as JSON does. */
export function withDetails(
  members: { readonly [key: string]: Json },
  { details: kept }: { readonly details: OpenDetails | null },
  shape: Parted | undefined,
): { readonly [key: string]: Json } {
  if (!(COMMITMENT in members) || shape?.details === undefined || shape.details === null)
    return members;
  const { [COMMITMENT]: _, ...rest } = members;
  const nothing = Object.fromEntries(Object.keys(shape.details.fields).map((key) => [key, null]));
  const known = kept === null ? {} : (JSON.parse(kept.text) as { readonly [key: string]: Json });
  return { ...nothing, ...known, ...rest };
}

/** Random bytes are drawn for so many salts at once: a call each costs more than the hash. */
const salts = Buffer.alloc(SALT_BYTES * 256);
let taken = salts.length;

function takeSalt(into: Uint8Array): void {
  if (taken === salts.length) {
    randomFillSync(salts);
    taken = 0;
  }
  into.set(salts.subarray(taken, taken + SALT_BYTES));
  salts.fill(0, taken, taken + SALT_BYTES);
  taken += SALT_BYTES;
}

/** Throws `corrupt` naming the leaf. */
export function refuseDetails(index: number): never {
  throw new Problem(
    'corrupt',
    `details of ledger leaf ${index} are not those its entry commits to`,
    {
      hint: 'run `privet ledger verify`',
    },
  );
}
