import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as arrow from 'apache-arrow';
import * as fc from 'fast-check';
import type { Json } from '#base/canonical';
import { concat } from '#base/bytes';
import { Problem } from '#base/problem';
import { createArrowFramer, createArrowReader, createArrowWriter, TEXT } from '#engines/arrow';
import type { ArrowField, ArrowMessage } from '#engines/arrow';
import { flat, flatBytes, int, table, text } from './flatwrite.ts';
import type { Flat } from './flatwrite.ts';

type Row = readonly Json[];
type Stream = { readonly fields: readonly ArrowField[]; readonly rows: readonly Row[] };

function messagesOf(bytes: Uint8Array, pieceBytes = bytes.length): readonly ArrowMessage[] {
  const framer = createArrowFramer();
  const messages: ArrowMessage[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    messages.push(...framer.push(bytes.subarray(at, at + pieceBytes)));
  framer.end();
  return messages;
}

function read(bytes: Uint8Array, pieceBytes?: number): Stream {
  const reader = createArrowReader();
  let fields: readonly ArrowField[] = [];
  const rows: Row[] = [];
  for (const message of messagesOf(bytes, pieceBytes)) {
    const got = reader.read(message);
    if (got.kind === 'schema') ({ fields } = got);
    if (got.kind !== 'batch') continue;
    for (let i = 0; i < got.batch.rows; i += 1) rows.push(got.batch.row(i, ROOM()));
  }
  return { fields, rows };
}

function write(fields: readonly ArrowField[], batches: readonly (readonly Row[])[]): Uint8Array {
  const writer = createArrowWriter(fields);
  const columnsOf = (rows: readonly Row[]) =>
    fields.map((_, i) => rows.map((row) => row[i] ?? null));
  return concat(
    writer.schema(),
    ...batches.map((rows) => writer.batch(columnsOf(rows))),
    writer.end(),
  );
}

/** Writes with apache-arrow, each batch of a vector of each column. */
function foreign(...batches: readonly Readonly<Record<string, arrow.Vector>>[]): Uint8Array {
  return arrow.tableToIPC(
    new arrow.Table(...batches.map((one) => new arrow.Table(one).batches[0]!)),
    'stream',
  );
}

const vector = (values: readonly unknown[], type: arrow.DataType) =>
  arrow.vectorFromArray(values as never, type as never) as unknown as arrow.Vector;

/** Each type of apache-arrow with values it holds, and what they are as JSON. */
const CASES: readonly (readonly [
  name: string,
  type: arrow.DataType,
  values: fc.Arbitrary<readonly [given: unknown, json: Json]>,
])[] = [
  ['bool', new arrow.Bool(), fc.boolean().map((b) => [b, b])],
  ['int8', new arrow.Int8(), fc.integer({ min: -128, max: 127 }).map((n) => [n, n])],
  ['uint16', new arrow.Uint16(), fc.nat({ max: 65_535 }).map((n) => [n, n])],
  ['int32', new arrow.Int32(), fc.integer().map((n) => [n, n])],
  [
    'int64',
    new arrow.Int64(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => [n, whole(n)]),
  ],
  [
    'uint64',
    new arrow.Uint64(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => [n, whole(n)]),
  ],
  ['float32', new arrow.Float32(), fc.float().map((n) => [n, real(n)])],
  ['float64', new arrow.Float64(), fc.double().map((n) => [n, real(n)])],
  ['utf8', new arrow.Utf8(), fc.string({ unit: 'grapheme', maxLength: 9 }).map((s) => [s, s])],
  ['large_utf8', new arrow.LargeUtf8(), fc.string({ maxLength: 9 }).map((s) => [s, s])],
  [
    'binary',
    new arrow.Binary(),
    fc.uint8Array({ maxLength: 9 }).map((b) => [b, Buffer.from(b).toString('base64')]),
  ],
  ['date32', new arrow.DateDay(), day()],
  ['date64', new arrow.DateMillisecond(), day()],
  [
    'timestamp ms',
    new arrow.TimestampMillisecond('Europe/Berlin'),
    fc
      .date({ min: new Date(-1e13), max: new Date(1e14), noInvalidDate: true })
      .map((d) => [d.getTime(), d.toISOString()]),
  ],
  [
    'timestamp s, no zone',
    new arrow.TimestampSecond(),
    fc
      .integer({ min: -1e9, max: 4e9 })
      .map((s) => [s * 1_000, new Date(s * 1_000).toISOString().slice(0, 19)]),
  ],
  [
    'time us',
    new arrow.TimeMicrosecond(),
    fc
      .integer({ min: 0, max: 86_400_000_000 - 1 })
      .map((us) => [
        BigInt(us),
        `${new Date(Math.floor(us / 1_000)).toISOString().slice(11, 23)}${String(us % 1_000).padStart(3, '0')}`,
      ]),
  ],
  [
    'list of int32',
    new arrow.List(arrow.Field.new('item', new arrow.Int32(), true)),
    fc.array(fc.option(fc.integer()), { maxLength: 5 }).map((n) => [n, n]),
  ],
  [
    'struct',
    new arrow.Struct([
      arrow.Field.new('a', new arrow.Utf8(), true),
      arrow.Field.new('b', new arrow.List(arrow.Field.new('item', new arrow.Bool(), true)), true),
    ]),
    fc
      .record({ a: fc.option(fc.string()), b: fc.option(fc.array(fc.boolean(), { maxLength: 3 })) })
      .map((r) => [r, { ...r }]),
  ],
  [
    'dictionary of utf8',
    new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    fc.constantFrom('red', 'green', '').map((s) => [s, s]),
  ],
];

function whole(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function real(value: number): Json {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function day(): fc.Arbitrary<readonly [unknown, Json]> {
  return fc.integer({ min: -700_000, max: 2_000_000 }).map((days) => {
    const at = new Date(days * 86_400_000);
    return [at, at.toISOString().slice(0, 10)];
  });
}

describe('streams of Arrow', () => {
  for (const [name, type, values] of CASES) {
    it(`${name}: what apache-arrow writes is read, and what is written of it apache-arrow reads alike`, () => {
      fc.assert(
        fc.property(fc.array(fc.option(values), { minLength: 1, maxLength: 20 }), (given) => {
          const bytes = foreign({
            c: vector(
              given.map((one) => (one === null ? null : one[0])),
              type,
            ),
          });
          const got = read(bytes);
          const expected = given.map((one) => [one === null ? null : one[1]]);
          assert.deepEqual(got.rows, expected);
          // Two witnesses of what was written: this reader, and apache-arrow's.
          const again = write(got.fields, [got.rows]);
          assert.deepEqual(read(again).rows, expected);
          const [theirs, ours] = [arrow.tableFromIPC(bytes), arrow.tableFromIPC(again)];
          assert.equal(plain(ours), plain(theirs));
        }),
        { numRuns: 25 },
      );
    });
  }

  it('come in pieces of any size, of any number of batches, empty ones and slices of others', () => {
    const words = vector(['a', 'bb', null, '', 'eeee', 'f'], new arrow.Utf8());
    const lists = vector(
      [[1], [], null, [2, 3], [4], [5, null]],
      CASES.find(([name]) => name === 'list of int32')![1],
    );
    const table = new arrow.Table({ words, lists });
    const bytes = arrow.tableToIPC(
      table.slice(1, 3).concat(table.slice(3, 3)).concat(table.slice(2, 6)),
      'stream',
    );
    const rows = [
      ['bb', []],
      [null, null],
      [null, null],
      ['', [2, 3]],
      ['eeee', [4]],
      ['f', [5, null]],
    ];
    assert.deepEqual(read(bytes).rows, rows);
    for (const pieceBytes of [1, 3, 8, 64]) assert.deepEqual(read(bytes, pieceBytes).rows, rows);
    const empty = write(read(bytes).fields, [[], rows, []]);
    assert.deepEqual(read(empty).rows, rows);
    assert.equal(arrow.tableFromIPC(empty).numRows, 6);
    assert.deepEqual(read(arrow.tableToIPC(table.slice(0, 0), 'stream')).rows, []);
  });

  it('put a dictionary in place of the last one', () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 7);
    const [first, second] = [
      foreign({ c: vector(['a', 'b'], type) }),
      foreign({ c: vector(['c'], type) }),
    ];
    const [schema, ...rest] = messagesOf(first);
    const reader = createArrowReader();
    const rows = [schema!, ...rest, ...messagesOf(second).slice(1)].flatMap((message) => {
      const got = reader.read(message);
      if (got.kind !== 'batch') return [];
      return Array.from({ length: got.batch.rows }, (_, i) => got.batch.row(i, ROOM()));
    });
    assert.deepEqual(rows, [['a'], ['b'], ['c']]);
  });

  it('are refused for what is not read, and say what would be', () => {
    const utf8 = foreign({ c: vector(['a'], new arrow.Utf8()) });
    const [schema, batch] = messagesOf(utf8);
    const cases: readonly (readonly [RegExp, () => unknown])[] = [
      [/^unsupported: column `c` has the Arrow type `interval`/u, () => read(typed([11, []]))],
      [/^unsupported: column `c` has the Arrow type `map`/u, () => read(typed([17, []]))],
      [/^unsupported: column `c` has the Arrow type `utf8_view`/u, () => read(typed([24, []]))],
      [/^unsupported: column `c` has the Arrow type `float`/u, () => read(typed([3, [int(2, 0)]]))],
      [
        /^unsupported: column `c` has an extension type/u,
        () => read(typed([5, []], 'ARROW:extension:name')),
      ],
      [
        /^unsupported: an Arrow stream expected little-endian/u,
        () => read(headed(1, table(int(2, 1)))),
      ],
      [/^unsupported: an Arrow stream expected a schema/u, () => read(headed(4, table()))],
      [
        /^unsupported: an Arrow batch expected buffers that are not compressed/u,
        () => read(concat(schemaOf(utf8), compressed())),
      ],
      [
        /^unsupported: the schema of an Arrow stream expected to stay/u,
        () => read(concat(schemaOf(utf8), schemaOf(utf8))),
      ],
      [
        /^invalid: an Arrow stream expected to begin with its schema/u,
        () => createArrowReader().read(batch!),
      ],
      [
        /^invalid: expected a message of an Arrow stream/u,
        () => read(arrow.tableToIPC(arrow.tableFromIPC(utf8), 'file')),
      ],
      [/^invalid: the Arrow stream ends inside of a message/u, () => read(utf8.subarray(0, 60))],
      [
        /^invalid: the Arrow stream goes on behind its end/u,
        () => read(concat(utf8, Uint8Array.of(1))),
      ],
      [
        /^limit: header of an Arrow message too large/u,
        () => read(concat(utf8.subarray(0, 4), Uint8Array.of(0, 0, 0, 127))),
      ],
      [
        /^limit: Arrow batch too large: limit 16777216 bytes/u,
        () => read(headed(3, table(), 2 ** 40)),
      ],
    ];
    assert.equal(schema?.kind, 'schema');
    for (const [expected, act] of cases) {
      assert.throws(act, (thrown: Problem) => {
        assert.match(`${thrown.code}: ${thrown.message}`, expected);
        return true;
      });
    }
  });

  it('believe no size: batches that claim more than they hold are refused before anything is made', () => {
    const claims: readonly (readonly [RegExp, Uint8Array])[] = [
      [
        /^limit: an Arrow batch has too many rows for its bytes/u,
        claiming([1, []], 100_000, [[[100_000, 0]]]),
      ],
      [
        /^limit: Arrow batch too large: limit 1048576 rows/u,
        claiming([1, []], 2 ** 31, [[[2 ** 31, 0]]]),
      ],
      [
        /^limit: column of an Arrow batch expected at most/u,
        claiming([1, []], 10, [[[2 ** 31, 0]]]),
      ],
      [
        /^invalid: an Arrow batch has columns of different lengths/u,
        claiming([1, []], 10, [[[9, 0]]]),
      ],
      [
        /^invalid: an Arrow batch has a buffer that is too short/u,
        claiming([2, [int(4, 64), int(1, 1)]], 1_000, [[[1_000, 0]]]),
      ],
      [
        /^invalid: an Arrow batch has a buffer that is too short/u,
        claiming([5, []], 100, [[[100, 0]]]),
      ],
      [
        /^invalid: an Arrow batch has a buffer outside of its body/u,
        claiming([5, []], 1, [
          [[1, 0]],
          [
            [0, 8],
            [0, 2 ** 40],
          ],
        ]),
      ],
      [
        /^invalid: an Arrow batch has nulls and does not say which/u,
        claiming([5, []], 1, [[[1, 1]]]),
      ],
      [/^invalid: an Arrow batch has too few columns/u, claiming([5, []], 1, [[]])],
      [
        /^invalid: the header of an Arrow message is damaged/u,
        claiming([5, []], 1, [[[-(2 ** 60), 0]]]),
      ],
    ];
    for (const [expected, bytes] of claims) {
      assert.throws(
        () => read(bytes),
        (thrown: Problem) => {
          assert.match(`${thrown.code}: ${thrown.message}`, expected);
          return true;
        },
      );
    }
  });

  it('come byte by byte as they come at once', () => {
    const bytes = write([{ name: 'c', type: TEXT, dictionary: null }], [[['x'.repeat(200_000)]]]);
    const framer = createArrowFramer();
    const [schema, batch] = [...bytes].flatMap((byte) => framer.push(Uint8Array.of(byte)));
    assert.deepEqual([schema?.kind, batch?.kind], ['schema', 'batch']);
    assert.deepEqual(batch?.body, messagesOf(bytes)[1]?.body);
  });

  it('keep a row within its bounds, however little it was written with', () => {
    // Lists of lists of nulls: no bytes but offsets, and 10 million values in the one row.
    const item = { name: 'item', type: { kind: 'null' }, dictionary: null } as const;
    const list = { kind: 'list', wide: false, item } as const;
    const fields = [{ name: 'c', type: list, dictionary: null }];
    const bytes = write(fields, [[[Array.from({ length: 2_000 }, () => null)]]]);
    assert.throws(() => read(bytes), /a row of an Arrow batch has too many values/u);
    const members = Array.from({ length: 100 }, (_, i) => ({
      ...item,
      name: `${i}${'\u0001'.repeat(190)}`,
    }));
    const struct = {
      name: 'c',
      type: { kind: 'struct', fields: members },
      dictionary: null,
    } as const;
    assert.throws(() => read(write([struct], [[[{}]]])), /a row of an Arrow batch is too large/u);
    const text = write([{ name: 'c', type: TEXT, dictionary: null }], [[['x'.repeat(100_001)]]]);
    assert.throws(() => read(text), /a row of an Arrow batch is too large/u);
  });

  it('that are damaged are refused with a problem, or read: never a fault, and never for long', () => {
    const rows = Array.from({ length: 6 }, (_, i) => i);
    const columns = Object.fromEntries(
      CASES.map(([name, type, values]) => [
        name,
        vector(
          fc
            .sample(fc.option(values), { numRuns: rows.length, seed: 7 })
            .map((one) => one?.[0] ?? null),
          type,
        ),
      ]),
    );
    const good = foreign(columns);
    const numbers = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
    const mutation = fc.record({
      at: fc.nat({ max: good.length - 1 }),
      put: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc
          .tuple(numbers, fc.integer({ min: 1, max: 8 }))
          .map(([byte, size]) => new Uint8Array(size).fill(byte)),
      ),
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const bytes = good.slice();
        for (const { at, put } of mutations) bytes.set(put.subarray(0, bytes.length - at), at);
        try {
          read(bytes);
        } catch (thrown) {
          assert.ok(thrown instanceof Problem, String(thrown));
          assert.notEqual(thrown.code, 'internal');
          refused += 1;
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(refused > 500, `${refused} of 3000 were refused`);
  });
});

const ROOM = () => ({ values: 1_000, bytes: 100_000 });

type Typed = readonly [number: number, slots: readonly ReturnType<typeof int>[]];

/** A message with a header of our own making. */
function headed(kind: number, head: Flat, bodyBytes = 0): Uint8Array {
  const metadata = flatBytes(table(int(2, 4), int(1, kind), flat(head), int(8, bodyBytes)));
  const prefix = new Uint8Array(8).fill(0xff);
  new DataView(prefix.buffer).setInt32(4, metadata.length, true);
  return concat(prefix, metadata);
}

/** A schema of one column `c`. */
function typed([number, slots]: Typed, metadata: string | null = null): Uint8Array {
  const pairs =
    metadata === null ? null : flat({ kind: 'tables', items: [table(text(metadata), text('x'))] });
  const field = table(
    text('c'),
    int(1, 1),
    int(1, number),
    flat(table(...slots)),
    null,
    null,
    pairs,
  );
  return headed(1, table(null, flat({ kind: 'tables', items: [field] })));
}

type Pairs = readonly (readonly [number, number])[];
const NO_BYTES: Pairs = [
  [0, 0],
  [0, 0],
  [0, 0],
];

/** A stream whose one batch says of itself what it likes, and has no body. */
function claiming(
  type: Typed,
  rows: number,
  [nodes, buffers = NO_BYTES]: readonly [nodes: Pairs, buffers?: Pairs],
): Uint8Array {
  const pairs = (items: Pairs) => flat({ kind: 'pairs', items });
  return concat(typed(type), headed(3, table(int(8, rows), pairs(nodes), pairs(buffers))));
}

function compressed(): Uint8Array {
  return headed(3, table(int(8, 0), null, null, flat(table())));
}

/** The first message of a stream. */
function schemaOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true));
}

/** A table of apache-arrow as text; what a dictionary stands for counts, not that there is one. */
function plain(table: arrow.Table): string {
  const text = (value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  return JSON.stringify(
    table.toArray().map((row) => row?.toJSON() as unknown),
    (_, value: unknown) => text(value),
  );
}
