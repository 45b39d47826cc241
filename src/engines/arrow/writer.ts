import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { concat } from '#base/bytes';
import { columnParts } from './columnparts.ts';
import type { ColumnParts } from './columnparts.ts';
import { flag, flat, flatBytes, int, table, text } from './flatwrite.ts';
import type { Flat } from './flatwrite.ts';
import type { ArrowField, ArrowType, TimeUnit } from './type.ts';

/** Writes the messages of a stream with these columns; dictionaries are written as what they stand for. */
export type ArrowWriter = {
  schema(): Uint8Array;
  /** A batch, from the values of each column in turn, as `Cells` gives them. */
  batch(columns: readonly (readonly Json[])[]): Uint8Array;
  end(): Uint8Array;
};

/** MetadataVersion V5. */
const VERSION = 4;
const HEADER = { schema: 1, batch: 3 } as const;
const CONTINUATION = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];

export function createArrowWriter(fields: readonly ArrowField[]): ArrowWriter {
  return {
    schema: () => message('schema', table(null, flat(fieldList(fields))), []),
    batch(columns) {
      const all = fields.map(({ type }, i) => columnParts(type, columns[i] ?? []));
      const [rows, parts] = [columns[0]?.length ?? 0, merged(all)];
      return message('batch', batchHead(rows, parts), parts.buffers);
    },
    end: () => concat(CONTINUATION, new Uint8Array(4)),
  };
}

function merged(all: readonly ColumnParts[]): ColumnParts {
  return {
    nodes: all.flatMap(({ nodes }) => nodes),
    buffers: all.flatMap(({ buffers }) => buffers),
  };
}

/** Bodies and what lies in them are aligned to eight bytes. */
const padded = (sizeBytes: number) => Math.ceil(sizeBytes / 8) * 8;

function message(
  kind: keyof typeof HEADER,
  head: Flat,
  buffers: readonly Uint8Array[],
): Uint8Array {
  const bodyBytes = buffers.reduce((sum, { length }) => sum + padded(length), 0);
  const metadata = flatBytes(
    table(int(2, VERSION), int(1, HEADER[kind]), flat(head), int(8, bodyBytes)),
  );
  const out = new Uint8Array(8 + metadata.length + bodyBytes);
  out.set(CONTINUATION);
  new DataView(out.buffer).setInt32(4, metadata.length, true);
  out.set(metadata, 8);
  let at = 8 + metadata.length;
  for (const buffer of buffers) {
    out.set(buffer, at);
    at += padded(buffer.length);
  }
  return out;
}

function batchHead(rows: number, { nodes, buffers }: ColumnParts): Flat {
  let at = 0;
  const places = buffers.map(({ length }) => {
    const place = [at, length] as const;
    at += padded(length);
    return place;
  });
  return table(
    int(8, rows),
    flat({ kind: 'pairs', items: nodes }),
    flat({ kind: 'pairs', items: places }),
  );
}

function fieldList(fields: readonly ArrowField[]): Flat {
  return { kind: 'tables', items: fields.map(fieldFlat) };
}

function fieldFlat({ name, type }: ArrowField): Flat {
  const [number, of] = typeFlat(type);
  const children = type.kind === 'list' ? [type.item] : type.kind === 'struct' ? type.fields : [];
  return table(text(name), flag(true), int(1, number), flat(of), null, flat(fieldList(children)));
}

/** The number of the type in Schema.fbs, and its table. */
function typeFlat(type: ArrowType): readonly [number: number, of: Flat] {
  switch (type.kind) {
    case 'null':
      return [1, table()];
    case 'int':
      return [2, table(int(4, type.bits), flag(type.signed))];
    case 'float':
      return [3, table(int(2, type.bits === 32 ? 1 : 2))];
    case 'binary':
      return [type.wide ? 19 : 4, table()];
    case 'utf8':
      return [type.wide ? 20 : 5, table()];
    case 'bool':
      return [6, table()];
    case 'decimal':
      return [7, table(int(4, type.precision), int(4, type.scale), int(4, 128))];
    case 'date':
      return [8, table(int(2, type.unit === 'day' ? 0 : 1))];
    case 'time': {
      const bits = type.unit === 's' || type.unit === 'ms' ? 32 : 64;
      return [9, table(int(2, UNITS.indexOf(type.unit)), int(4, bits))];
    }
    case 'timestamp': {
      const zone = type.zone === null ? null : text(type.zone);
      return [10, table(int(2, UNITS.indexOf(type.unit)), zone)];
    }
    case 'list':
      return [type.wide ? 21 : 12, table()];
    case 'struct':
      return [13, table()];
    default:
      return unreachable(type);
  }
}
