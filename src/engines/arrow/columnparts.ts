import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { concat, fromBase64, utf8 } from '#base/bytes';
import { decimalValue } from './decimal.ts';
import { dayCount, momentCount, timeCount } from './moment.ts';
import type { ArrowType } from './type.ts';

/** What a column becomes in a batch: its sizes and buffers, and those of the columns within it. */
export type ColumnParts = {
  readonly nodes: readonly (readonly [length: number, nulls: number])[];
  readonly buffers: readonly Uint8Array[];
};

/** The parts of a column of values as `Cells` gives them. */
export function columnParts(type: ArrowType, values: readonly Json[]): ColumnParts {
  const nulls = values.reduce<number>((sum, value) => sum + (value === null ? 1 : 0), 0);
  const node = [values.length, nulls] as const;
  if (type.kind === 'null') return { nodes: [node], buffers: [] };
  const there = nulls === 0 ? new Uint8Array() : bits(values, (value) => value !== null);
  const [own, within] = valueParts(type, values);
  return {
    nodes: [node, ...within.flatMap(({ nodes }) => nodes)],
    buffers: [there, ...own, ...within.flatMap(({ buffers }) => buffers)],
  };
}

type OwnAndWithin = readonly [own: readonly Uint8Array[], within: readonly ColumnParts[]];

function valueParts(
  type: Exclude<ArrowType, { kind: 'null' }>,
  values: readonly Json[],
): OwnAndWithin {
  switch (type.kind) {
    case 'bool':
      return [[bits(values, (value) => value === true)], []];
    case 'int':
      return [[wholes(values, type.bits, (value) => BigInt(value as number | string))], []];
    case 'float':
      return [[floats(values, type.bits)], []];
    case 'decimal':
      return [[wholes(values, 128, (value) => decimalValue(value as string))], []];
    case 'date': {
      const [width, scale] = type.unit === 'day' ? [32 as const, 1] : [64 as const, 86_400_000];
      return [[wholes(values, width, (value) => BigInt(dayCount(value as string) * scale))], []];
    }
    case 'time': {
      const width = type.unit === 's' || type.unit === 'ms' ? 32 : 64;
      return [[wholes(values, width, (value) => timeCount(value as string, type.unit))], []];
    }
    case 'timestamp':
      return [[wholes(values, 64, (value) => momentCount(value as string, type.unit))], []];
    case 'utf8':
    case 'binary': {
      const toBytes = type.kind === 'utf8' ? utf8 : fromBase64;
      const pieces = values.map((value) =>
        value === null ? new Uint8Array() : toBytes(value as string),
      );
      const sizes = pieces.map(({ length }) => length);
      return [[offsets(sizes, type.wide), concat(...pieces)], []];
    }
    case 'list': {
      const lists = values.map((value) => (value ?? []) as readonly Json[]);
      const sizes = lists.map(({ length }) => length);
      return [[offsets(sizes, type.wide)], [columnParts(type.item.type, lists.flat())]];
    }
    case 'struct': {
      const rows = values.map((value) => (value ?? {}) as Readonly<Record<string, Json>>);
      return [
        [],
        type.fields.map((field) =>
          columnParts(
            field.type,
            rows.map((row) => row[field.name] ?? null),
          ),
        ),
      ];
    }
    default:
      return unreachable(type);
  }
}

function bits(values: readonly Json[], isSet: (value: Json) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) {
    if (isSet(value)) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bytes;
}

function wholes(
  values: readonly Json[],
  width: 8 | 16 | 32 | 64 | 128,
  toWhole: (value: Json) => bigint,
): Uint8Array {
  const bytes = new Uint8Array((values.length * width) / 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const whole = toWhole(value);
    const at = (i * width) / 8;
    if (width === 8) view.setUint8(at, Number(BigInt.asUintN(8, whole)));
    else if (width === 16) view.setUint16(at, Number(BigInt.asUintN(16, whole)), true);
    else if (width === 32) view.setUint32(at, Number(BigInt.asUintN(32, whole)), true);
    else view.setBigUint64(at, BigInt.asUintN(64, whole), true);
    if (width === 128) view.setBigInt64(at + 8, whole >> 64n, true);
  }
  return bytes;
}

function floats(values: readonly Json[], width: 32 | 64): Uint8Array {
  const bytes = new Uint8Array((values.length * width) / 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    if (width === 32) view.setFloat32(i * 4, Number(value), true);
    else view.setFloat64(i * 8, Number(value), true);
  }
  return bytes;
}

/** Where each piece begins, and where the last ends. */
function offsets(sizes: readonly number[], wide: boolean): Uint8Array {
  const width = wide ? 8 : 4;
  const bytes = new Uint8Array((sizes.length + 1) * width);
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (const [i, size] of sizes.entries()) {
    end += size;
    if (wide) view.setBigInt64((i + 1) * width, BigInt(end), true);
    else view.setInt32((i + 1) * width, end, true);
  }
  return bytes;
}
