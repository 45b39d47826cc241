import { textOf } from '#base/bytes';
import { Problem } from '#base/problem';

/**
 * A table of FlatBuffers (https://flatbuffers.dev/internals): the headers of Arrow are such. Every read lies within the bytes, or
 * throws RangeError, which `undamaged` makes a refusal.
 */
export type FlatTable = {
  has(slot: number): boolean;
  int8(slot: number, fallback: number): number;
  int16(slot: number, fallback: number): number;
  int32(slot: number, fallback: number): number;
  /** A whole number of 64 bits that JavaScript can hold. */
  int64(slot: number, fallback: number): number;
  text(slot: number, charactersMax: number): string | null;
  table(slot: number): FlatTable | null;
  tables(slot: number, max: number): readonly FlatTable[];
  /** A list of structs, each of two whole numbers of 64 bits. */
  pairs(slot: number, max: number): readonly (readonly [number, number])[];
};

/** The table a header begins with. */
export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return tableAt(view, view.getUint32(0, true));
}

/** What `read` gives; throws `invalid` where it read beyond what is there. */
export function undamaged<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('invalid', 'the header of an Arrow message is damaged', { cause });
  }
}

function tableAt(view: DataView, at: number): FlatTable {
  const slots = at - view.getInt32(at, true);
  const slotsBytes = view.getUint16(slots, true);
  /** Where a slot's value lies; 0 where it has none. */
  const place = (slot: number): number => {
    const entry = 4 + 2 * slot;
    if (entry + 2 > slotsBytes) return 0;
    const offset = view.getUint16(slots + entry, true);
    return offset === 0 ? 0 : at + offset;
  };
  const scalar = (read: (at: number) => number) => (slot: number, fallback: number) => {
    const found = place(slot);
    return found === 0 ? fallback : read(found);
  };
  /** Where what the slot points to lies; null where it has none. */
  const target = (slot: number): number | null => {
    const found = place(slot);
    return found === 0 ? null : found + view.getUint32(found, true);
  };
  /** Where the elements of the slot's list lie, and how many there are. */
  const list = (slot: number, max: number): readonly [at: number, count: number] => {
    const found = target(slot);
    if (found === null) return [0, 0];
    const count = view.getUint32(found, true);
    if (count > max) throw new Problem('limit', `an Arrow header expected lists of at most ${max}`);
    return [found + 4, count];
  };
  return {
    has: (slot) => place(slot) !== 0,
    int8: scalar((found) => view.getUint8(found)),
    int16: scalar((found) => view.getInt16(found, true)),
    int32: scalar((found) => view.getInt32(found, true)),
    int64: scalar((found) => safe(view.getBigInt64(found, true))),
    text(slot, charactersMax) {
      const found = target(slot);
      if (found === null) return null;
      const sizeBytes = view.getUint32(found, true);
      if (sizeBytes > charactersMax * 4) throw tooLong(charactersMax);
      const start = view.byteOffset + found + 4;
      if (found + 4 + sizeBytes > view.byteLength) throw new RangeError('a text has no end');
      const text = textOf(new Uint8Array(view.buffer, start, sizeBytes));
      if (text.length > charactersMax) throw tooLong(charactersMax);
      return text;
    },
    table(slot) {
      const found = target(slot);
      return found === null ? null : tableAt(view, found);
    },
    tables(slot, max) {
      const [start, count] = list(slot, max);
      return Array.from({ length: count }, (_, i) => {
        const entry = start + 4 * i;
        return tableAt(view, entry + view.getUint32(entry, true));
      });
    },
    pairs(slot, max) {
      const [start, count] = list(slot, max);
      return Array.from({ length: count }, (_, i) => [
        safe(view.getBigInt64(start + 16 * i, true)),
        safe(view.getBigInt64(start + 16 * i + 8, true)),
      ]);
    },
  };
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a number is too large');
  return number;
}

function tooLong(charactersMax: number): Problem {
  return new Problem('limit', `an Arrow header expected texts of at most ${charactersMax}`);
}
