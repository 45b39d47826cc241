import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { decimalText } from './decimal.ts';
import { CHILD_VALUES_MAX } from './limits.ts';
import { dateText, momentText, timeText } from './moment.ts';
import type { ArrowField, ArrowType, DictionaryUse } from './type.ts';

/** Values of a column, of a batch or a dictionary; nothing of them is made before it is asked for. */
export type Cells = {
  readonly length: number;
  /** The value as JSON; throws `invalid` where it is damaged, `limit` where the row takes more than it may. */
  at(index: number, room: Room): Json;
};

/** What a row may still take: values, and bytes of texts and names. One value of a column can refer to a whole batch. */
export type Room = { values: number; bytes: number };

/** The buffers and sizes of a batch, in the order of its columns. */
export type BatchParts = {
  readonly bytes: Uint8Array;
  /** Sizes of columns, of all levels. */
  readonly nodes: Iterator<readonly [length: number, nulls: number]>;
  readonly buffers: Iterator<readonly [offset: number, sizeBytes: number]>;
  readonly dictionaries: ReadonlyMap<number, Cells>;
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DECIMAL_BYTES = 16;

/** The cells of a column; takes its parts from the batch. Throws `invalid` where they do not fit it. */
export function cellsOf({ type, dictionary }: ArrowField, parts: BatchParts): Cells {
  const { value: node } = parts.nodes.next() as { value?: readonly [number, number] };
  if (node === undefined) throw damaged('has too few columns');
  const [length, nulls] = node;
  if (length < 0 || length > CHILD_VALUES_MAX)
    throw new Problem(
      'limit',
      `column of an Arrow batch expected at most ${CHILD_VALUES_MAX} values`,
    );
  if (type.kind === 'null' && dictionary === null)
    return { length, at: (_, room) => (spend(room, 1), null) };
  const isThere = validity(bufferOf(parts), length, nulls);
  const valueAt =
    dictionary === null ? valuesOf(type, length, parts) : entriesOf(dictionary, length, parts);
  return {
    length,
    at(index, room) {
      spend(room, 1);
      return isThere(index) ? valueAt(index, room) : null;
    },
  };
}

type ValueAt = (index: number, room: Room) => Json;

function spend(room: Room, values: number): void {
  room.values -= values;
  if (room.values < 0) throw new Problem('limit', 'a row of an Arrow batch has too many values');
}

function spendBytes(room: Room, bytes: number): void {
  room.bytes -= bytes;
  if (room.bytes < 0) throw new Problem('limit', 'a row of an Arrow batch is too large');
}

/** A buffer of the batch, which lies within its body. */
function bufferOf({ buffers, bytes }: BatchParts): DataView {
  const { value: place } = buffers.next() as { value?: readonly [number, number] };
  if (place === undefined) throw damaged('has too few buffers');
  const [offset, sizeBytes] = place;
  if (offset < 0 || sizeBytes < 0 || offset + sizeBytes > bytes.length)
    throw damaged('has a buffer outside of its body');
  return new DataView(bytes.buffer, bytes.byteOffset + offset, sizeBytes);
}

/** A buffer with so many values of a size. */
function valuesBuffer(parts: BatchParts, sizeBytes: number): DataView {
  const buffer = bufferOf(parts);
  if (buffer.byteLength < sizeBytes) throw damaged('has a buffer that is too short');
  return buffer;
}

function bitsBytes(length: number): number {
  return Math.ceil(length / 8);
}

function bitAt(bits: DataView, index: number): boolean {
  return ((bits.getUint8(index >> 3) >> (index & 7)) & 1) === 1;
}

function validity(bits: DataView, length: number, nulls: number): (index: number) => boolean {
  if (bits.byteLength === 0) {
    if (nulls > 0) throw damaged('has nulls and does not say which');
    return () => true;
  }
  if (bits.byteLength < bitsBytes(length)) throw damaged('has a buffer that is too short');
  return (index) => bitAt(bits, index);
}

function valuesOf(type: ArrowType, length: number, parts: BatchParts): ValueAt {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'bool': {
      const bits = valuesBuffer(parts, bitsBytes(length));
      return (i) => bitAt(bits, i);
    }
    case 'int': {
      const read = wholeNumbers(valuesBuffer(parts, (length * type.bits) / 8), type);
      return (i) => {
        const value = read(i);
        if (typeof value === 'number') return value;
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : String(value);
      };
    }
    case 'float': {
      const view = valuesBuffer(parts, (length * type.bits) / 8);
      return type.bits === 32
        ? (i) => floatJson(view.getFloat32(i * 4, true))
        : (i) => floatJson(view.getFloat64(i * 8, true));
    }
    case 'decimal': {
      const view = valuesBuffer(parts, length * DECIMAL_BYTES);
      return (i) => {
        const high = view.getBigInt64(i * DECIMAL_BYTES + 8, true);
        return decimalText((high << 64n) | view.getBigUint64(i * DECIMAL_BYTES, true), type.scale);
      };
    }
    case 'date': {
      if (type.unit === 'day') {
        const view = valuesBuffer(parts, length * 4);
        return (i) => dateText(view.getInt32(i * 4, true));
      }
      const view = valuesBuffer(parts, length * 8);
      return (i) => dayOfMilliseconds(view.getBigInt64(i * 8, true));
    }
    case 'time': {
      const bits = type.unit === 's' || type.unit === 'ms' ? 32 : 64;
      const read = wholeNumbers(valuesBuffer(parts, (length * bits) / 8), { bits, signed: true });
      return (i) => timeText(BigInt(read(i)), type.unit);
    }
    case 'timestamp': {
      const view = valuesBuffer(parts, length * 8);
      const zone = type.zone === null ? '' : 'Z';
      return (i) => momentText(view.getBigInt64(i * 8, true), type.unit) + zone;
    }
    case 'utf8':
    case 'binary':
    case 'list':
    case 'struct':
      return madeOf(type, length, parts);
    default:
      return unreachable(type);
  }
}

/** Values that are made of bytes, or of other values. */
function madeOf(
  type: Extract<ArrowType, { kind: 'utf8' | 'binary' | 'list' | 'struct' }>,
  length: number,
  parts: BatchParts,
): ValueAt {
  switch (type.kind) {
    case 'utf8':
    case 'binary': {
      const [rangeAt, bytes] = [rangesOf(length, type.wide, parts), bufferOf(parts)];
      const toJson = type.kind === 'utf8' ? textJson : bytesJson;
      return (i, room) => {
        const [start, end] = rangeAt(i, bytes.byteLength);
        spendBytes(room, end - start);
        return toJson(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
      };
    }
    case 'list': {
      const rangeAt = rangesOf(length, type.wide, parts);
      const items = cellsOf(type.item, parts);
      return (i, room) => {
        const [start, end] = rangeAt(i, items.length);
        // Before the list is made: it can claim more elements than a row may have.
        if (end - start > room.values) spend(room, end - start);
        return Array.from({ length: end - start }, (_, of) => items.at(start + of, room));
      };
    }
    case 'struct': {
      const members = type.fields.map((field) => [field.name, cellsOf(field, parts)] as const);
      // Names are written with each value of the struct.
      const namesBytes = JSON.stringify(type.fields.map(({ name }) => name)).length;
      if (members.some(([, cells]) => cells.length < length))
        throw damaged('has a struct whose fields are shorter than it is');
      return (i, room) => {
        spendBytes(room, namesBytes);
        return Object.fromEntries(members.map(([name, cells]) => [name, cells.at(i, room)]));
      };
    }
    default:
      return unreachable(type);
  }
}

/** Numbers of a dictionary's values. */
function entriesOf(
  { id, bits, signed }: DictionaryUse,
  length: number,
  parts: BatchParts,
): ValueAt {
  const read = wholeNumbers(valuesBuffer(parts, (length * bits) / 8), { bits, signed });
  const entries = parts.dictionaries.get(id);
  return (i, room) => {
    const entry = Number(read(i));
    if (entries === undefined) throw damaged('came before its dictionary');
    if (entry < 0 || entry >= entries.length)
      throw damaged('has a value outside of its dictionary');
    return entries.at(entry, room);
  };
}

/** Where the i-th of some texts or lists lies among what they are made of, of which there is `max`. */
function rangesOf(
  length: number,
  wide: boolean,
  parts: BatchParts,
): (index: number, max: number) => readonly [number, number] {
  const width = wide ? 8 : 4;
  // A column without values may have no offsets either.
  const view = valuesBuffer(parts, length === 0 ? 0 : (length + 1) * width);
  const offsetAt = wide
    ? (i: number) => Number(view.getBigInt64(i * 8, true))
    : (i: number) => view.getInt32(i * 4, true);
  return (index, max) => {
    const [start, end] = [offsetAt(index), offsetAt(index + 1)];
    if (start < 0 || start > end || end > max) throw damaged('has an offset outside of its values');
    return [start, end];
  };
}

function wholeNumbers(
  view: DataView,
  { bits, signed }: Pick<DictionaryUse, 'bits' | 'signed'>,
): (index: number) => number | bigint {
  switch (bits) {
    case 8:
      return signed ? (i) => view.getInt8(i) : (i) => view.getUint8(i);
    case 16:
      return signed ? (i) => view.getInt16(i * 2, true) : (i) => view.getUint16(i * 2, true);
    case 32:
      return signed ? (i) => view.getInt32(i * 4, true) : (i) => view.getUint32(i * 4, true);
    case 64:
      return signed ? (i) => view.getBigInt64(i * 8, true) : (i) => view.getBigUint64(i * 8, true);
    default:
      return unreachable(bits);
  }
}

/** JSON has no such numbers, and only one zero. */
function floatJson(value: number): Json {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function dayOfMilliseconds(value: bigint): Json {
  if (value % 86_400_000n !== 0n) throw damaged('has a date that is no whole day');
  return dateText(Number(value / 86_400_000n));
}

function textJson(bytes: Buffer): Json {
  const text = bytes.toString('utf8');
  // Only what was not UTF-8, or was that character, has it.
  return text.includes('\uFFFD') ? strictText(bytes) : text;
}

function strictText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem('invalid', 'a text of an Arrow batch expected UTF-8');
  }
}

function bytesJson(bytes: Buffer): Json {
  return bytes.toString('base64');
}

export function damaged(what: string): Problem {
  return new Problem('invalid', `an Arrow batch ${what}`);
}
