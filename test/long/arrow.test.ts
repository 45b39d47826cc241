/**
 * Streams of Arrow against two witnesses: pyarrow, which knows nothing of Privet, and hundreds of damaged streams, which may cost
 * the plane a refusal each and nothing more. Thousands more go to the reader itself (engines/arrow): a stream starts a thread.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as arrow from 'apache-arrow';
import * as fc from 'fast-check';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../vault/api.ts';
import type { TestAccount, TestApi } from '../vault/api.ts';

const run = promisify(execFile);
const PYARROW = 'pyarrow==26.0.1';
const VENV = join(tmpdir(), 'privet-arrow-venv');
const PYTHON = join(VENV, 'bin/python');
const WITNESS = fileURLToPath(new URL('../arrow/witness.py', import.meta.url));
const MEDIA = 'application/vnd.apache.arrow.stream';
const MUTATIONS = 400;
/** What the process that holds keys, with its threads, may grow by while it refuses. */
const GROWN_BYTES_MAX = 100_000_000;

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
const folder = mkdtempSync(join(tmpdir(), 'privet-arrow-'));

before(async () => {
  cluster = await startTestCluster();
  const tokens = [{ shape: { kind: 'uuid' as const }, deterministic: true }];
  const columns = [{ name: 'name', type: 'string' as const, tokens }];
  api = await openTestApi(cluster, { name: 'crm', tables: [{ name: 'persons', columns }] });
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
});

after(async () => {
  await api.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

let keys = 0;

async function send(path: string, body: Buffer) {
  const reply = await api.server.inject({
    method: 'POST',
    url: `/v1/vaults/${api.schema.id}/${path}`,
    headers: {
      host: 'vault.example',
      authorization: `Bearer ${owner.apiKey}`,
      'content-type': MEDIA,
      'idempotency-key': `arrow-${(keys += 1)}`,
    },
    payload: body,
  });
  return { status: reply.statusCode, bytes: reply.rawPayload };
}

/** Null when pyarrow is there, else why it is not. */
async function preparePyarrow(): Promise<string | null> {
  const ready = join(VENV, 'ready');
  try {
    if (existsSync(ready)) return null;
    mkdirSync(VENV, { recursive: true });
    await run('python3', ['-m', 'venv', VENV]);
    await run(join(VENV, 'bin/pip'), [
      'install',
      '-q',
      '--disable-pip-version-check',
      '--only-binary=:all:',
      PYARROW,
    ]);
    writeFileSync(ready, '');
    return null;
  } catch {
    return 'pyarrow cannot be had here';
  }
}

test('what pyarrow writes comes through the vault, and pyarrow finds every value and type again', async (context) => {
  const lacking = await preparePyarrow();
  if (lacking !== null) {
    context.skip(lacking);
    return;
  }
  await run(PYTHON, [WITNESS, 'make', folder]);
  const file = (name: string) => readFileSync(join(folder, `${name}.arrows`));
  const tokenised = await send('persons/tokenize/stream?columns=who:name', file('whole'));
  assert.equal(tokenised.status, 200, tokenised.bytes.toString('latin1'));
  writeFileSync(join(folder, 'answer.arrows'), tokenised.bytes);
  const back = await send('detokenize/stream?columns=who&redaction=PLAIN_TEXT', tokenised.bytes);
  assert.equal(back.status, 200, back.bytes.toString('latin1'));
  writeFileSync(join(folder, 'back.arrows'), back.bytes);
  const { stdout } = await run(PYTHON, [WITNESS, 'compare', folder]);
  assert.deepEqual(JSON.parse(stdout), { rows: 1_300, columns: 24 });
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['compressed', /expected buffers that are not compressed/u],
    ['uuid', /has an extension type/u],
    ['view', /has the Arrow type `utf8_view`/u],
    ['delta', /expected to come whole/u],
  ];
  for (const [name, message] of refusals) {
    const refused = await send('persons/tokenize/stream?columns=who:name', file(name));
    assert.equal(refused.status, 422, name);
    assert.match(refused.bytes.toString(), message);
  }
});

const vector = (values: readonly unknown[], type: arrow.DataType) =>
  arrow.vectorFromArray(values as never, type as never) as unknown as arrow.Vector;

/** A stream of two batches with what can be damaged: offsets, dictionaries, children. */
function sample(): Buffer {
  const item = arrow.Field.new('item', new arrow.Utf8(), true);
  const struct = new arrow.Struct([arrow.Field.new('list', new arrow.List(item), true)]);
  const words = ['a', null, 'ccc', ''];
  const table = new arrow.Table({
    token: vector(words, new arrow.Utf8()),
    kind: vector(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int16())),
    deep: vector([{ list: ['x', null] }, null, { list: [] }, { list: null }], struct),
    big: vector([1n, 2n, null, -3n], new arrow.Int64()),
    at: vector([1, 2, 3, null], new arrow.TimestampMicrosecond('UTC')),
    none: vector([null, null, null, null], new arrow.Null()),
  });
  return Buffer.from(arrow.tableToIPC(table.slice(0, 3).concat(table.slice(1)), 'stream'));
}

test('damaged streams cost a refusal each: no fault, no hang, and no memory that stays', async (context) => {
  const good = sample();
  assert.equal((await send('detokenize/stream', good)).status, 200);
  const value = fc.constantFrom(0, 1, 2, 127, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1);
  const mutation = fc.record({
    at: fc.nat({ max: good.length - 5 }),
    value: fc.option(value),
    byte: fc.nat({ max: 255 }),
    cut: fc.nat({ max: 3 }),
  });
  const statuses = new Map<number, number>();
  let most = 0;
  let runs = 0;
  const before = process.memoryUsage().rss;
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      let body = Buffer.from(good);
      for (const { at, value, byte, cut } of mutations) {
        if (value !== null) body.writeUInt32LE(value, Math.min(at, body.length - 4));
        else body[at % body.length] = byte;
        if (cut === 0) body = Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
      }
      const { status } = await send('detokenize/stream', body);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      assert.ok([200, 400, 422, 429].includes(status), String(status));
      runs += 1;
      if (runs % 20 === 0) most = Math.max(most, process.memoryUsage().rss - before);
    }),
    { numRuns: MUTATIONS },
  );
  const told = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  context.diagnostic(`${told}; at most ${Math.round(most / 1e6)} MB more`);
  assert.ok(most < GROWN_BYTES_MAX, `${most} bytes more`);
  assert.ok((statuses.get(400) ?? 0) > 100);
});
