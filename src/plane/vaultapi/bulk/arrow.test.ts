import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import * as arrow from 'apache-arrow';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { createArrowWriter, TEXT } from '#engines/arrow';
import { importsOf } from '../../../../test/tidy/tree.ts';
import { resolveImport } from '../../../../test/tidy/house.ts';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../../test/vault/api.ts';
import { arrowFormat } from './arrowformat.ts';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let vault: string;

const MEDIA = 'application/vnd.apache.arrow.stream';
const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const item = (type: arrow.DataType) => arrow.Field.new('item', type, true);
const DATE = new Date(Date.UTC(1999, 11, 31));

/** Each type a vault has values of, as a column of Arrow, and what comes back as a text. */
const COLUMNS = [
  {
    name: 'name',
    type: 'string',
    of: new arrow.Utf8(),
    values: ['ada', '', null],
    back: ['ada', '', null],
  },
  {
    name: 'age',
    type: 'int32',
    of: new arrow.Int32(),
    values: [7, -1, null],
    back: ['7', '-1', null],
  },
  {
    name: 'big',
    type: 'int64',
    of: new arrow.Int64(),
    values: [2n ** 63n - 1n, 5n, null],
    back: ['9223372036854775807', '5', null],
  },
  {
    name: 'real',
    type: 'float32',
    of: new arrow.Float32(),
    values: [0.5, -2, null],
    back: ['0.5', '-2', null],
  },
  {
    name: 'score',
    type: 'float64',
    of: new arrow.Float64(),
    values: [0.1, 1e300, null],
    back: ['0.1', '1e+300', null],
  },
  {
    name: 'ok',
    type: 'bool',
    of: new arrow.Bool(),
    values: [true, false, null],
    back: ['true', 'false', null],
  },
  {
    name: 'born',
    type: 'date',
    of: new arrow.DateDay(),
    values: [DATE, DATE, null],
    back: ['1999-12-31', '1999-12-31', null],
  },
  {
    name: 'seen',
    type: 'datetime',
    of: new arrow.TimestampMillisecond('UTC'),
    values: [0, 1_500, null],
    back: ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:01.500Z', null],
  },
  {
    name: 'at',
    type: 'time',
    of: new arrow.TimeSecond(),
    values: [0, 86_399, null],
    back: ['00:00:00', '23:59:59', null],
  },
  {
    name: 'extra',
    type: 'json',
    of: new arrow.Struct([arrow.Field.new('a', new arrow.Int32(), true)]),
    values: [{ a: 1 }, { a: null }, null],
    back: ['{"a":1}', '{"a":null}', null],
  },
  {
    name: 'raw',
    type: 'bytes',
    of: new arrow.Binary(),
    values: [Uint8Array.of(1, 2), new Uint8Array(), null],
    back: ['AQI=', '', null],
  },
  {
    name: 'tags',
    type: 'string',
    isArray: true,
    of: new arrow.List(item(new arrow.Utf8())),
    values: [['x', 'y'], [], null],
    back: ['["x","y"]', '[]', null],
  },
  {
    name: 'kind',
    type: 'string',
    of: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    values: ['red', 'red', null],
    back: ['red', 'red', null],
  },
] as const;

before(async () => {
  cluster = await startTestCluster();
  const columns = COLUMNS.map(({ name, type, ...more }) => ({
    name,
    type,
    isArray: 'isArray' in more,
    tokens: [uuid],
  }));
  api = await openTestApi(cluster, { name: 'crm', tables: [{ name: 'persons', columns }] });
  vault = `/v1/vaults/${api.schema.id}`;
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

const vector = (values: readonly unknown[], type: arrow.DataType) =>
  arrow.vectorFromArray(values as never, type as never) as unknown as arrow.Vector;
const bytesOf = (columns: Readonly<Record<string, arrow.Vector>>) =>
  arrow.tableToIPC(new arrow.Table(columns), 'stream');
const names = (count: number, mark = 'n') =>
  bytesOf({
    name: vector(
      Array.from({ length: count }, (_, i) => `${mark} ${i}`),
      new arrow.Utf8(),
    ),
    order: vector(
      Array.from({ length: count }, (_, i) => i),
      new arrow.Int32(),
    ),
  });

let keys = 0;
type How = { readonly query?: string; readonly key?: string };

async function send(path: string, body: Uint8Array, { query = '', key }: How) {
  const reply = await api.server.inject({
    method: 'POST',
    url: `${vault}/${path}/stream${query}`,
    headers: {
      host: 'vault.example',
      authorization: `Bearer ${owner.apiKey}`,
      'content-type': MEDIA,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    payload: Buffer.from(body),
  });
  const bytes = reply.rawPayload;
  if (reply.statusCode !== 200)
    return { status: reply.statusCode, bytes, table: null, text: bytes.toString() };
  assert.equal(reply.headers['content-type'], MEDIA);
  return { status: 200, bytes, table: arrow.tableFromIPC(bytes), text: '' };
}
const tokenise = (body: Uint8Array, how: How = {}) =>
  send('persons/tokenize', body, { key: `arrow-${(keys += 1)}`, ...how });
const detokenise = (body: Uint8Array, columns: readonly string[]) =>
  send('detokenize', body, {
    query: `?redaction=PLAIN_TEXT&${columns.map((name) => `columns=${name}`).join('&')}`,
  });
const column = (table: arrow.Table | null, name: string): readonly unknown[] =>
  [...(table?.getChild(name) ?? [])] as readonly unknown[];

async function records(): Promise<number> {
  const { rows } = await api.test.database.pool.query(
    'select count(*)::int as n from vault.record',
  );
  return rows[0].n;
}

describe('streams of Arrow over HTTP', () => {
  it('keep values of every type, give tokens as texts, and the values back as texts', async () => {
    const given = bytesOf(
      Object.fromEntries(COLUMNS.map(({ name, of, values }) => [name, vector(values, of)])),
    );
    const tokenised = await tokenise(given, {
      query: `?${COLUMNS.map(({ name }) => `columns=${name}`).join('&')}`,
    });
    assert.equal(tokenised.status, 200, tokenised.text);
    assert.deepEqual(column(tokenised.table, 'privet_error'), [null, null, null]);
    for (const part of [COLUMNS.slice(0, 9), COLUMNS.slice(9)]) {
      const back = await detokenise(
        tokenised.bytes,
        part.map(({ name }) => name),
      );
      assert.equal(back.status, 200, back.text);
      for (const { name, back: expected } of part)
        assert.deepEqual(column(back.table, name), expected, name);
    }
    // Read by another door, they are values of their columns.
    const [id] = column(tokenised.table, 'skyflow_id');
    const record = await api.ask(owner.apiKey, {
      path: `${vault}/persons/${String(id)}?redaction=PLAIN_TEXT`,
    });
    const { skyflow_id: _, ...fields } = record.body.fields;
    assert.deepEqual(fields, {
      name: 'ada',
      age: 7,
      big: '9223372036854775807',
      real: 0.5,
      score: 0.1,
      ok: true,
      born: '1999-12-31',
      seen: '1970-01-01T00:00:00.000Z',
      at: '00:00:00',
      extra: { a: 1 },
      raw: 'AQI=',
      tags: ['x', 'y'],
      kind: 'red',
    });
  });

  it('pass other columns on with their types, dictionaries as what they stand for', async () => {
    const passed = {
      id: vector([2n ** 60n, null], new arrow.Int64()),
      at: vector([1_500, 0], new arrow.TimestampMillisecond('Europe/Berlin')),
      lists: vector([[1, null], []], new arrow.List(item(new arrow.Int16()))),
      colour: vector(['red', 'red'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      ratio: vector([Number.NaN, -0], new arrow.Float64()),
    };
    const { table, text } = await tokenise(
      bytesOf({ who: vector(['ada', 'bo'], new arrow.Utf8()), ...passed }),
      { query: '?columns=who:name' },
    );
    assert.equal(text, '');
    assert.deepEqual(
      table?.schema.fields.map(({ name, type }) => `${name} ${String(type)}`),
      [
        'skyflow_id Utf8',
        'who Utf8',
        'id Int64',
        'at Timestamp<MILLISECOND, Europe/Berlin>',
        'lists List<Int16>',
        'colour Utf8',
        'ratio Float64',
        'privet_error Utf8',
      ],
    );
    for (const [name, given] of Object.entries(passed))
      assert.equal(String(table?.getChild(name)), String(given), name);
    assert.ok(Object.is(column(table, 'ratio')[1], -0));
  });

  it('are written once, in batches of rows whatever the batches of Arrow, and go on where they broke off', async () => {
    const before = await records();
    const query = '?columns=name';
    const key = 'arrow-once';
    const whole = await tokenise(names(1_100), { query, key });
    assert.equal(whole.table?.numRows, 1_100);
    assert.equal((await records()) - before, 1_100);
    assert.ok((await tokenise(names(1_100), { query, key })).bytes.equals(whole.bytes));
    const all = arrow.tableFromIPC(names(1_100));
    const rest = all.slice(500, 700).concat(all.slice(700, 700)).concat(all.slice(700));
    const resumed = await tokenise(arrow.tableToIPC(rest, 'stream'), {
      query: `${query}&from=500`,
      key,
    });
    assert.deepEqual(column(resumed.table, 'name'), column(whole.table, 'name').slice(500));
    assert.deepEqual(column(resumed.table, 'order'), column(whole.table, 'order').slice(500));
    assert.equal((await records()) - before, 1_100);
  });

  it('stop where they are damaged, and what was answered before is written', async () => {
    const before = await records();
    const [good, other] = [names(1_000), bytesOf({ name: vector([1], new arrow.Int32()) })];
    const endless = good.subarray(0, good.length - 8);
    const { table } = await tokenise(Buffer.concat([endless, other]), { query: '?columns=name' });
    assert.equal(table?.numRows, 1_001);
    assert.equal(
      column(table, 'privet_error')[1_000],
      'stopped: after row 1000: unsupported: the schema of an Arrow stream expected to stay the same',
    );
    const cut = await tokenise(good.subarray(0, good.length - 20), { query: '?columns=name' });
    assert.equal(cut.status, 400, cut.text);
    assert.match(cut.text, /ends inside of a message/u);
    assert.equal((await records()) - before, 1_000);
  });

  it('are refused as a whole for what is not read, and answer rows that cannot be', async () => {
    const interval = bytesOf({ name: vector([null], new arrow.IntervalDayTime()) });
    const cases: readonly (readonly [number, RegExp, Uint8Array])[] = [
      [400, /expected a stream of Arrow/u, new Uint8Array()],
      [400, /expected a message of an Arrow stream/u, Buffer.from('{"name":"ada"}\n')],
      [422, /has the Arrow type `interval`/u, interval],
      [400, /has no column `nobody`/u, bytesOf({ nobody: vector(['x'], new arrow.Utf8()) })],
    ];
    for (const [status, message, body] of cases) {
      const got = await tokenise(body);
      assert.equal(got.status, status, got.text);
      assert.match(got.text, message);
    }
    const { table } = await tokenise(bytesOf({ age: vector(['7', 'old'], new arrow.Utf8()) }));
    assert.deepEqual(
      column(table, 'privet_error').map((one) => String(one).split(':')[0]),
      ['null', 'invalid'],
    );
  });

  it('hold no more than they may: batches that claim billions of rows, and few bytes that stand for many', async () => {
    const before = process.memoryUsage().rss;
    const big = 'x'.repeat(1_000_000);
    const bomb = bytesOf({
      name: vector(
        Array.from({ length: 100_000 }, () => big),
        new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
      ),
    });
    assert.ok(bomb.length < 2_000_000);
    const { status, text } = await tokenise(bomb);
    assert.equal(status, 429, text);
    assert.match(text, /500 rows too large/u);
    const nulls = { name: 'name', type: { kind: 'null' }, dictionary: null } as const;
    const writer = createArrowWriter([nulls]);
    const claim = Buffer.from(writer.batch([Array.from({ length: 12_345 }, () => null)]));
    // Wherever the batch says how many rows it has, it says two billion.
    for (let at = claim.indexOf(int64(12_345)); at !== -1; at = claim.indexOf(int64(12_345)))
      claim.set(int64(2 ** 31), at);
    const claimed = await tokenise(Buffer.concat([writer.schema(), claim, writer.end()]));
    assert.equal(claimed.status, 429, claimed.text);
    assert.match(claimed.text, /limit 1048576 rows/u);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 300_000_000, `${grown} bytes`);
  });

  it('are measured by the JSON they become, and by what they say at all', async () => {
    const escaped = bytesOf({ name: vector(['\u0001'.repeat(1_000_000)], new arrow.Utf8()) });
    const { status, text } = await tokenise(escaped);
    assert.equal(status, 429, text);
    assert.match(text, /row too large: limit 4194304 characters/u);
    const writer = createArrowWriter([{ name: 'name', type: TEXT, dictionary: null }]);
    const empty = Array.from({ length: 1_001 }, () => writer.batch([[]]));
    const idle = await tokenise(Buffer.concat([writer.schema(), ...empty, writer.end()]));
    assert.equal(idle.status, 429, idle.text);
    assert.match(idle.text, /limit 1000 messages without a row/u);
  });

  it('end when their thread runs out of time or memory, and no other stream does', async () => {
    const read = async (limits: Parameters<typeof arrowFormat>[0], bytes: Uint8Array) => {
      const { rows, close } = await arrowFormat(limits).read(pieces(bytes));
      let count = 0;
      try {
        for await (const some of rows) count += some.length;
      } finally {
        await close?.();
      }
      return count;
    };
    const good = names(2_000);
    await assert.rejects(read({ heapMb: 64, answerSecondsMax: 0.001 }, good), {
      code: 'limit',
      message: 'a batch of the Arrow stream took longer than 0.001 s to be read',
    });
    const wide = bytesOf(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [
          `c${i}`,
          vector(
            Array.from({ length: 2_000 }, () => 'x'),
            new arrow.Utf8(),
          ),
        ]),
      ),
    );
    await assert.rejects(read({ heapMb: 5, answerSecondsMax: 60 }, wide), {
      code: 'limit',
      message: 'the Arrow stream is more than its reader has room for',
    });
    assert.equal(await read({ heapMb: 64, answerSecondsMax: 60 }, good), 2_000);
  });
});

it('the thread that reads Arrow can reach no key, no vault, no file and no socket', () => {
  const root = new URL('../../../../', import.meta.url);
  const reached = new Set(['src/plane/vaultapi/bulk/arrowworker.ts']);
  const packages = new Set<string>();
  for (const path of reached) {
    for (const written of importsOf(readFileSync(new URL(path, root), 'utf8'))) {
      const found = resolveImport(path, written);
      if (found === null) packages.add(written);
      else reached.add(found);
    }
  }
  assert.deepEqual([...packages], ['node:worker_threads']);
  for (const path of reached)
    assert.match(
      path,
      /^src\/(?:base|engines\/arrow|plane\/vaultapi\/bulk\/(?:arrow\w+|bulklimits)\.ts)/u,
    );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
