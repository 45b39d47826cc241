import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { createCsvReader, csvLine } from '#engines/tabular';
import type { Cell } from '#engines/tabular';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../../test/vault/api.ts';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let support: TestAccount;
let vault: string;
let port: number;

const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
const held = (name: string, type: 'string' | 'int32' | 'int64' | 'float64' | 'bool' | 'json') => ({
  name,
  type,
  tokens: [uuid],
});
const COLUMNS = [
  held('name', 'string'),
  held('age', 'int32'),
  held('big', 'int64'),
  held('score', 'float64'),
  held('ok', 'bool'),
  held('extra', 'json'),
  { name: 'mail', type: 'string' as const, unique: true, tokens: [uuid] },
  { name: 'region', type: 'string' as const },
];
const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: support-reads
vault: crm
roles: [support]
rules:
  - ALLOW DETOKENIZATION ON persons.name WITH REDACTION = PLAIN_TEXT
reveal:
  valuesPerHour: 1100
`;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, {
    name: 'crm',
    tables: [
      { name: 'persons', columns: COLUMNS },
      {
        name: 'orders',
        columns: [{ name: 'code', type: 'string', nullable: false, unique: true }],
      },
    ],
  });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, support] = [api.account('owner'), api.account('support')];
  api.role('VAULT_OWNER', [owner]);
  api.role('support', [support]);
  api.govern({ policies: POLICIES });
  await api.server.listen({ port: 0, host: '127.0.0.1' });
  ({ port } = api.server.server.address() as AddressInfo);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

type Row = Readonly<Record<string, unknown>>;
type Format = {
  readonly media: string;
  write(rows: readonly Row[]): string | Buffer;
  read(bytes: Buffer): readonly Row[];
};
type Sent = { readonly status: number; readonly bytes: Buffer; readonly rows: readonly Row[] };

const NDJSON: Format = {
  media: 'application/x-ndjson',
  write: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  read: (bytes) =>
    bytes
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row),
};
const cellOf = (value: unknown): Cell =>
  value === null || typeof value === 'string' ? value : JSON.stringify(value);
const CSV: Format = {
  media: 'text/csv',
  write(rows) {
    const names = Object.keys(rows[0] ?? {});
    return [names, ...rows.map((row) => names.map((name) => cellOf(row[name] ?? null)))]
      .map(csvLine)
      .join('');
  },
  read(bytes) {
    const reader = createCsvReader({ recordCharactersMax: 1_000_000 });
    const [names = [], ...rows] = [...reader.push(bytes.toString()), ...reader.end()];
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
  },
};
const FORMATS = { ndjson: NDJSON, csv: CSV };

let keys = 0;
const newKey = () => `job-${(keys += 1)}`;

async function send(
  path: string,
  body: string | Buffer,
  how: { readonly format?: Format; readonly key?: string; readonly account?: TestAccount } = {},
): Promise<Sent> {
  const { format = NDJSON, key, account = owner } = how;
  const reply = await api.server.inject({
    method: 'POST',
    url: path,
    headers: {
      host: 'vault.example',
      authorization: `Bearer ${account.apiKey}`,
      'content-type': format.media,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    payload: body,
  });
  const bytes = reply.rawPayload;
  const rows = reply.statusCode === 200 ? format.read(bytes) : [];
  return { status: reply.statusCode, bytes, rows };
}
const tokenise = (body: string | Buffer, query = '', how: Parameters<typeof send>[2] = {}) =>
  send(`${vault}/persons/tokenize/stream${query}`, body, { key: newKey(), ...how });
const detokenise = (body: string | Buffer, query = '', how: Parameters<typeof send>[2] = {}) =>
  send(`${vault}/detokenize/stream${query}`, body, how);
const asked = (names: readonly string[]) =>
  `?redaction=PLAIN_TEXT&${names.map((name) => `columns=${name}`).join('&')}`;

async function records(): Promise<number> {
  const { rows } = await api.test.database.pool.query(
    'select count(*)::int as n from vault.record',
  );
  return rows[0].n;
}
const people = (count: number, mark: string) =>
  Array.from({ length: count }, (_, i) => ({ name: `${mark} ${i}`, age: i }));

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const row = fc.record({
  name: fc.option(fc.oneof(text, fc.constantFrom('', '"', ',', '\r\n', ' a', 'null', '1'))),
  age: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  big: fc.option(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((big) => {
      const number = Number(big);
      return Number.isSafeInteger(number) ? number : String(big);
    }),
  ),
  score: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)),
  ok: fc.option(fc.boolean()),
  extra: fc.option(
    fc
      .oneof(fc.dictionary(text, fc.oneof(text, fc.integer())), fc.array(fc.boolean()))
      .filter((one) => !Object.hasOwn(one, '__proto__')),
  ),
  order: text,
});

describe('streams of rows', () => {
  for (const [name, format] of Object.entries(FORMATS)) {
    it(`${name}: what goes in as values and comes back as tokens is given back by them`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
          const names = ['name', 'age', 'big', 'score', 'ok', 'extra'];
          const query = asked(names).replace('redaction=PLAIN_TEXT&', '');
          const tokens = await tokenise(format.write(rows), query, { format });
          assert.equal(tokens.status, 200, tokens.bytes.toString());
          assert.equal(tokens.rows.length, rows.length);
          for (const [i, one] of tokens.rows.entries()) {
            assert.equal(one['privet_error'] ?? null, null);
            assert.match(String(one['skyflow_id']), /^[0-9a-f-]{36}$/u);
            assert.equal(one['order'] ?? '', rows[i]?.order ?? '');
          }
          const values = await detokenise(tokens.bytes, asked(names), { format });
          assert.equal(values.status, 200, values.bytes.toString());
          const expected = format.read(Buffer.from(format.write(rows)));
          for (const [i, one] of values.rows.entries()) {
            assert.equal(one['privet_error'] ?? null, null);
            const plain = (of: Row | undefined) =>
              names.map((column) => (format === NDJSON ? of?.[column] : sameText(of?.[column])));
            assert.deepEqual(plain(one), plain(expected[i]));
          }
        }),
        { numRuns: 12 },
      );
    });

    it(`${name}: broken input is never a fault, and nothing is written that is not answered`, async () => {
      const good = Buffer.from(format.write(people(4, 'fuzz')));
      const broken = fc.record({
        at: fc.nat({ max: good.length - 1 }),
        cut: fc.nat({ max: 10 }),
        put: fc.uint8Array({ maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(broken, async ({ at, cut, put }) => {
          const before = await records();
          const body = Buffer.concat([good.subarray(0, at), put, good.subarray(at + cut)]);
          const answer = await tokenise(body, '', { format });
          assert.ok(answer.status < 500, `${answer.status} ${answer.bytes.toString()}`);
          const written = answer.rows.filter((one) => Boolean(one['skyflow_id'])).length;
          assert.equal((await records()) - before, written);
          const back = await detokenise(body, '?columns=name', { format });
          assert.ok(back.status < 500, `${back.status} ${back.bytes.toString()}`);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('answer each row, also the ones that cannot be: those say why, and the others are done', async () => {
    const before = await records();
    const lines = [
      '{"name":"ada","age":"old"}',
      'no json',
      '[1]',
      '{"nobody":1}',
      '{"name":"bo","age":7}',
      `{"extra":${'['.repeat(500)}${']'.repeat(500)}}`,
      '{"mail":"x@example.invalid"}',
      '{"mail":"x@example.invalid"}',
    ];
    const { status, rows } = await tokenise(lines.join('\n'));
    assert.equal(status, 200);
    assert.deepEqual(
      rows.map((one) => String(one['privet_error']).split(':')[0]),
      ['invalid', 'invalid', 'invalid', 'invalid', 'null', 'invalid', 'null', 'conflict'],
    );
    assert.equal((await records()) - before, 2);
    const tokens = NDJSON.write([{ token: rows[4]?.['name'] }, { token: 'nobody' }, { token: 7 }]);
    const back = await detokenise(tokens, '?redaction=PLAIN_TEXT');
    assert.deepEqual(back.rows, [
      { token: 'bo', privet_error: null },
      { token: null, privet_error: 'token: not-found: no value has this token' },
      { token: null, privet_error: 'token: invalid: expected a token, which is a text' },
    ]);
  });

  it('are written once, however often they are sent, and go on from where they broke off', async () => {
    const before = await records();
    const [rows, key] = [people(1_100, 'once'), newKey()];
    const whole = await tokenise(NDJSON.write(rows), '', { key });
    assert.equal(whole.rows.length, 1_100);
    assert.equal((await records()) - before, 1_100);
    const again = await tokenise(NDJSON.write(rows), '', { key });
    assert.ok(again.bytes.equals(whole.bytes));
    const rest = await tokenise(NDJSON.write(rows.slice(500)), '?from=500', { key });
    assert.deepEqual(rest.rows, whole.rows.slice(500));
    assert.equal((await records()) - before, 1_100);
    assert.equal((await tokenise('{}', '?from=7', { key })).status, 400);
    assert.equal((await tokenise(NDJSON.write(people(9, 'other')), '', { key })).status, 409);
    const changed = [...rows.slice(0, 600), ...people(3, 'changed')];
    const stopped = await tokenise(NDJSON.write(changed), '', { key });
    assert.equal(stopped.rows.length, 501);
    assert.match(
      String(stopped.rows[500]?.['privet_error']),
      /^stopped: after row 500: conflict: /u,
    );
    assert.equal((await records()) - before, 1_100);
  });

  it('change records with `upsert`, pass other columns through, and keep columns under other names', async () => {
    const before = await records();
    const body = NDJSON.write([{ id: 7, who: 'ada', email: 'ada@example.invalid', region: 'EU' }]);
    const query = '?columns=who:name&columns=email:mail&columns=region&upsert=mail';
    const first = await tokenise(body, query);
    const second = await tokenise(body, query);
    assert.equal((await records()) - before, 1);
    assert.deepEqual(Object.keys(first.rows[0] ?? {}).toSorted(), [
      'email',
      'id',
      'privet_error',
      'skyflow_id',
      'who',
    ]);
    assert.deepEqual(first.rows, second.rows);
  });

  it('are refused as a whole where nothing of them can be done', async () => {
    const nobody = api.account('nobody');
    const orders = (body: string, query: string) =>
      send(`${vault}/orders/tokenize/stream${query}`, body, { key: newKey(), format: CSV });
    const cases: readonly (readonly [number, () => Promise<Sent>])[] = [
      [403, () => tokenise('{"name":"x"}', '', { account: support })],
      [403, () => detokenise('{"token":"x"}', '', { account: nobody })],
      [400, () => send(`${vault}/persons/tokenize/stream`, '{"name":"x"}')],
      [404, () => send(`${vault}/nothing/tokenize/stream`, '{}', { key: 'k' })],
      [400, () => tokenise('nobody\nx\n', '', { format: CSV })],
      [400, () => tokenise('name,name\nx,y\n', '', { format: CSV })],
      [400, () => tokenise('name\n"x', '', { format: CSV })],
      [400, () => tokenise(Buffer.from([0x22, 0xff, 0x22]))],
      [400, () => detokenise('a\nx\n', '?columns=b', { format: CSV })],
      [400, () => detokenise('{}', `?${'columns=a&'.repeat(11)}`)],
      [400, () => tokenise('{"name":"x"}', '?upsert=name')],
      [400, () => tokenise('{"name":"x"}', '?upsert=nobody')],
      [400, () => orders('note\nx\n', '?columns=')],
      [400, () => orders('note\nx\n', '?columns=none:code')],
      [200, () => orders('note,code\nx,1\n', '?columns=code')],
      [429, () => tokenise('x'.repeat(4 * 1024 * 1024 + 1))],
      [200, () => tokenise('')],
      [200, () => tokenise('', '', { format: CSV })],
      [200, () => detokenise('')],
    ];
    const before = await records();
    for (const [i, [status, sent]] of cases.entries()) {
      const answer = await sent();
      assert.equal(answer.status, status, `${i}: ${answer.bytes.toString()}`);
    }
    assert.equal((await records()) - before, 1, 'the one order that was whole');
    const json = await api.ask(owner.apiKey, {
      method: 'POST',
      path: `${vault}/detokenize/stream`,
      body: {},
    });
    assert.equal(json.status, 422);
  });

  it('show what policy shows, and stop where the budget is used up', async () => {
    const { rows } = await tokenise(NDJSON.write(people(1_200, 'budget')));
    const tokens = NDJSON.write(rows.map(({ name }) => ({ token: name })));
    const shown = await detokenise(tokens, '?redaction=PLAIN_TEXT', { account: support });
    assert.equal(shown.rows.length, 1_001);
    assert.equal(shown.rows[999]?.['token'], 'budget 999');
    assert.match(String(shown.rows[1_000]?.['privet_error']), /^stopped: after row 1000: limit: /u);
    // In parts that the budget covers, where a whole batch costs more than there is in an hour.
    const pairs = rows
      .slice(0, 600)
      .map(({ name }, i) => ({ a: name, b: rows[i + 600]?.['name'] }));
    const other = api.account('other-support');
    api.role('support', [other]);
    const some = await detokenise(NDJSON.write(pairs), asked(['a', 'b']), { account: other });
    assert.equal(some.rows.length, 551, some.bytes.toString());
    assert.deepEqual([some.rows[549]?.['a'], some.rows[549]?.['b']], ['budget 549', 'budget 1149']);
    assert.match(
      String(some.rows[550]?.['privet_error']),
      /^stopped: after row 550: limit: the budget of 1100 values an hour does not cover this/u,
    );
    const age = NDJSON.write([{ token: rows[0]?.['age'] }]);
    const kept = await detokenise(age, '?redaction=PLAIN_TEXT', { account: support });
    assert.match(String(kept.rows[0]?.['privet_error']), /^token: denied: /u);
  });

  it('wait for a slow reader, hold no more than some batches, and end when the caller is not let in any more', async () => {
    const guest = api.account('guest');
    api.role('VAULT_OWNER', [guest]);
    const { rows } = await tokenise(NDJSON.write([{ name: 'n'.repeat(2_000) }]));
    const line = Buffer.from(NDJSON.write([{ token: rows[0]?.['name'] }]));
    const piece = Buffer.concat(Array.from({ length: 1_000 }, () => line));
    const call = httpsRequest({
      port,
      method: 'POST',
      path: `${vault}/detokenize/stream?redaction=PLAIN_TEXT`,
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${guest.apiKey}`, 'content-type': NDJSON.media },
    });
    call.on('error', () => undefined);
    const answered = once(call, 'response') as Promise<[IncomingMessage]>;
    const reveals = async () =>
      (await api.test.leaves()).filter(({ leaf }) => leaf.kind === 'vault-revealed').length;
    // An input without an end, and nobody reads: each batch gives 2 MB for 50 kB.
    let sent = 0;
    const pump = () => {
      while (sent < 2_000 && call.write(piece)) sent += 1;
    };
    call.on('drain', pump);
    pump();
    const [answer] = await answered;
    answer.pause();
    let [still, last] = [0, -1];
    for (let i = 0; i < 200 && still < 8; i += 1) {
      await sleep(50);
      const now = await reveals();
      still = now === last ? still + 1 : 0;
      last = now;
    }
    assert.equal(still, 8, 'the stream should stand still');
    assert.ok(sent < 500, `${sent} batches were taken from who does not read`);
    api.replace(guest, { apiKeys: [] });
    let all = '';
    answer.setEncoding('utf8');
    for await (const some of answer) all += some;
    const end = JSON.parse(all.trimEnd().split('\n').at(-1) ?? '') as Row;
    assert.match(String(end['privet_error']), /^stopped: after row \d+: unauthenticated: /u);
    call.destroy();
  });

  it('that break off write nothing of the batch that did not come whole', async () => {
    const before = await records();
    const call = httpsRequest({
      port,
      method: 'POST',
      path: `${vault}/persons/tokenize/stream`,
      rejectUnauthorized: false,
      headers: {
        authorization: `Bearer ${owner.apiKey}`,
        'content-type': NDJSON.media,
        'idempotency-key': newKey(),
      },
    });
    call.on('error', () => undefined);
    call.write(NDJSON.write(people(700, 'half')));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    call.destroy();
    await sleep(300);
    assert.equal((await records()) - before, 500);
  });

  it('hold no more values than they have room for: a row of many is refused, and a batch of many rows', async () => {
    const nested = `[${Array.from({ length: 60_000 }, () => '{}').join(',')}]`;
    const words = ',[{'.repeat(60_000);
    const lines = [`{"extra":${nested}}`, JSON.stringify({ name: words }), '{"name":"ok"}'];
    const { rows } = await tokenise(lines.join('\n'));
    assert.deepEqual(
      rows.map((one) => one['privet_error']),
      ['invalid: expected at most 50000 values', null, null],
    );
    const cells = `extra,name\n"${nested}",a\n"[1,2]","${words}"\n`;
    const csv = await tokenise(cells, '', { format: CSV });
    assert.deepEqual(
      csv.rows.map((one) => one['privet_error']),
      ['invalid: expected at most 50000 values', null],
    );
    const some = `{"pass":[${Array.from({ length: 20_000 }, () => '[]').join(',')}]}\n`;
    const batch = await detokenise(some.repeat(20));
    assert.equal(batch.status, 429, batch.bytes.toString().slice(0, 200));
    assert.match(batch.bytes.toString(), /1000 rows too large/u);
    // What was in work is given back: the bound of all streams is not met by one after another.
    for (let i = 0; i < 12; i += 1) assert.equal((await detokenise(some.repeat(6))).status, 200);
  });

  it('answer nothing of what was written before to whom policy does not let write it any more', async () => {
    const loader = api.account('loader');
    api.role('loader', [loader]);
    const grant = (columns: string) => `---
apiVersion: privet/v1
kind: VaultPolicy
name: load
vault: crm
roles: [loader]
rules:
  - ALLOW CREATE ON persons.*
  - ALLOW TOKENIZATION ON persons.${columns}
`;
    const [body, key] = [NDJSON.write(people(2, 'replay')), newKey()];
    api.govern({ policies: POLICIES + grant('*') });
    const first = await tokenise(body, '', { key, account: loader });
    assert.deepEqual(first.rows[0]?.['privet_error'], null);
    assert.ok((await tokenise(body, '', { key, account: loader })).bytes.equals(first.bytes));
    api.govern({ policies: POLICIES + grant('region') });
    const again = await tokenise(body, '', { key, account: loader });
    for (const one of again.rows) {
      assert.match(String(one['privet_error']), /^denied: /u);
      assert.equal(one['name'], undefined);
    }
    assert.equal(again.rows.length, 2);
    api.govern({ policies: POLICIES });
  });

  it('give their places back, whenever the caller goes away, and an account has four of them', async () => {
    const open = (account: TestAccount) => {
      const call = httpsRequest({
        port,
        method: 'POST',
        path: `${vault}/persons/tokenize/stream`,
        agent: false,
        rejectUnauthorized: false,
        headers: {
          authorization: `Bearer ${account.apiKey}`,
          'content-type': NDJSON.media,
          'idempotency-key': newKey(),
        },
      });
      call.on('error', () => undefined);
      call.write(NDJSON.write(people(500, 'gone')));
      return call;
    };
    for (let i = 0; i < 20; i += 1) {
      const call = open(owner);
      await sleep(20 + 6 * i);
      call.destroy();
    }
    let free = 429;
    for (let i = 0; i < 200 && free === 429; i += 1) {
      await sleep(50);
      free = (await tokenise(NDJSON.write(people(1, 'free')))).status;
    }
    assert.equal(free, 200);
    const statusOf = async (call: ReturnType<typeof open>) => {
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      return answer.statusCode;
    };
    const calls: ReturnType<typeof open>[] = [];
    try {
      for (let i = 0; i < 4; i += 1) {
        const call = open(owner);
        calls.push(call);
        assert.equal(await statusOf(call), 200, `stream ${i + 1}`);
      }
      assert.equal((await tokenise('{}')).status, 429);
      const other = api.account('other');
      api.role('VAULT_OWNER', [other]);
      assert.equal((await tokenise('{"name":"x"}', '', { account: other })).status, 200);
    } finally {
      for (const call of calls) call.destroy();
    }
  });
});

it('exports give their places back, whenever the caller goes away', async () => {
  const { recipient } = await api.test.vaults.imports.open();
  const request = { vault: api.schema.id, recipient };
  const caller = { actor: { kind: 'plane' }, session: null, purpose: null } as const;
  const { id } = await api.test.vaults.exports.open(caller, request);
  const mover = () => api.account('mover', {}, ['vault-mover']);
  const open = (account: TestAccount) => {
    const call = httpsRequest({
      port,
      method: 'GET',
      path: `/v1/vault-exports/${id}/parts`,
      agent: false,
      rejectUnauthorized: false,
      headers: {
        authorization: `Bearer ${account.apiKey}`,
        'x-privet-ticket': 'CHG-1',
      },
    });
    call.on('error', () => undefined);
    call.end();
    return call;
  };
  for (const waitMs of [15, 30, 60]) {
    const call = open(mover());
    await sleep(waitMs);
    call.destroy();
  }
  for (let tries = 1; ; tries += 1) {
    await sleep(400 * tries);
    const [answer] = (await once(open(mover()), 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    if (answer.statusCode === 429 && tries < 3) continue;
    assert.equal(answer.statusCode, 200, bytes.toString());
    assert.ok(bytes.subarray(0, 23).equals(Buffer.from('privet/vault-export/v2\n')));
    return;
  }
});

/** Texts of CSV that mean the same: JSON is written in one way only when it comes back. */
function sameText(cell: unknown): unknown {
  if (typeof cell !== 'string' || cell === '') return cell;
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return cell;
  }
}
