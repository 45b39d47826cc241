import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { cellsOf, damaged } from './cells.ts';
import type { BatchParts, Cells, Room } from './cells.ts';
import { rootTable, undamaged } from './flatread.ts';
import type { FlatTable } from './flatread.ts';
import type { ArrowMessage } from './framer.ts';
import {
  BATCH_FREE_CELLS,
  BATCH_ROWS_MAX,
  CELLS_A_BYTE_MAX,
  DICTIONARY_BYTES_MAX,
  FIELDS_MAX,
} from './limits.ts';
import { dictionariesOf, readSchema } from './schema.ts';
import type { ArrowField } from './type.ts';

/** A batch, whose rows are made one by one. */
export type ArrowBatch = {
  readonly rows: number;
  /** The values of a row in the order of the columns; throws as `Cells.at`. */
  row(index: number, room: Room): readonly Json[];
};

/** What came of a message. */
type Read =
  | { readonly kind: 'schema'; readonly fields: readonly ArrowField[] }
  | { readonly kind: 'dictionary' }
  | { readonly kind: 'batch'; readonly batch: ArrowBatch };

/** Reads the messages of one stream, in order. Throws `invalid`, `limit` and `unsupported`. */
type ArrowReader = { read(message: ArrowMessage): Read };

/** A dictionary and what it takes. */
type Held = { readonly cells: Cells; readonly sizeBytes: number };
/** No type has more. */
const BUFFERS_A_FIELD_MAX = 3;

export function createArrowReader(): ArrowReader {
  let fields: readonly ArrowField[] | null = null;
  const held = new Map<number, Held>();
  const begun = (): readonly ArrowField[] => {
    if (fields === null)
      throw new Problem('invalid', 'an Arrow stream expected to begin with its schema');
    return fields;
  };
  return {
    read({ kind, metadata, body }) {
      if (kind === 'schema') {
        if (fields !== null)
          throw new Problem(
            'unsupported',
            'the schema of an Arrow stream expected to stay the same',
          );
        fields = readSchema(metadata);
        return { kind, fields };
      }
      const columns = begun();
      return undamaged(() => {
        const head = rootTable(metadata).table(2);
        if (head === null) throw new RangeError('a batch is missing');
        if (kind === 'dictionary') {
          keepDictionary(head, { body, columns, held });
          return { kind };
        }
        const dictionaries = new Map([...held].map(([id, { cells }]) => [id, cells]));
        return { kind, batch: batchOf(head, columns, partsOf(head, body, dictionaries)) };
      });
    },
  };
}

/** Keeps a dictionary in place of what went under its number before. */
function keepDictionary(
  head: FlatTable,
  {
    body,
    columns,
    held,
  }: {
    readonly body: Uint8Array;
    readonly columns: readonly ArrowField[];
    readonly held: Map<number, Held>;
  },
): void {
  const [id, data] = [head.int64(0, 0), head.table(1)];
  const type = dictionariesOf(columns).get(id);
  if (type === undefined) throw damaged('has a dictionary that no column names');
  if (data === null) throw new RangeError('a dictionary is missing');
  if (head.int8(2, 0) !== 0) {
    throw new Problem('unsupported', 'a dictionary of an Arrow stream expected to come whole', {
      hint: 'write dictionaries anew in place of deltas: in pyarrow `emit_dictionary_deltas=False`',
    });
  }
  const cells = cellsOf({ name: '', type, dictionary: null }, partsOf(data, body, new Map()));
  held.set(id, { cells, sizeBytes: body.length });
  const sizeBytes = held.values().reduce((sum, one) => sum + one.sizeBytes, 0);
  if (sizeBytes > DICTIONARY_BYTES_MAX)
    throw new Problem(
      'limit',
      `dictionaries of an Arrow stream too large: limit ${DICTIONARY_BYTES_MAX} bytes`,
    );
}

function partsOf(
  head: FlatTable,
  bytes: Uint8Array,
  dictionaries: BatchParts['dictionaries'],
): BatchParts {
  if (head.has(3)) {
    throw new Problem('unsupported', 'an Arrow batch expected buffers that are not compressed', {
      hint: 'in pyarrow `IpcWriteOptions(compression=None)`; let HTTP compress what goes over the network',
    });
  }
  return {
    bytes,
    nodes: head.pairs(1, FIELDS_MAX).values(),
    buffers: head.pairs(2, FIELDS_MAX * BUFFERS_A_FIELD_MAX).values(),
    dictionaries,
  };
}

function batchOf(head: FlatTable, columns: readonly ArrowField[], parts: BatchParts): ArrowBatch {
  const rows = head.int64(0, 0);
  if (rows < 0) throw new RangeError('a batch has a negative size');
  if (rows > BATCH_ROWS_MAX)
    throw new Problem('limit', `Arrow batch too large: limit ${BATCH_ROWS_MAX} rows`);
  if (rows * columns.length > BATCH_FREE_CELLS + CELLS_A_BYTE_MAX * parts.bytes.length) {
    throw new Problem('limit', 'an Arrow batch has too many rows for its bytes', {
      hint: 'leave columns out that hold nothing but nulls',
    });
  }
  const cells = columns.map((column) => cellsOf(column, parts));
  if (cells.some(({ length }) => length !== rows))
    throw damaged('has columns of different lengths');
  return { rows, row: (index, room) => cells.map((one) => one.at(index, room)) };
}
