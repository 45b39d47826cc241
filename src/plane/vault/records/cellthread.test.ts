import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { destroyMaskKey, hmacOf, maskKeyFrom } from '#engines/crypto';
import { createCellThread } from './cellthread.ts';
import type { CellThread, ThreadTimes } from './cellthread.ts';
import { HEAD_BYTES, placeOf, writeHead } from '../schema/place.ts';
import { readColumnProposal } from '../schema/proposal.ts';
import { CODE_BYTES, RecordBody } from './recordbody.ts';
import { parsedRecord, RECORD_CODE, recordOpener } from './sealedrecord.ts';
import type { OpenRecord, ParsedRecord, Sealable } from './sealedrecord.ts';
import { openAhead, sealRecords } from './sealing.ts';
import type { Wanted } from './sealing.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';
import { allow, CALLER, insertRows, PLAIN, vaultStand } from '../testvault.ts';
import type { WrittenRow } from '../testvault.ts';
import { encodeValue } from '../schema/value.ts';

const column = (number: number, name: string): ColumnSchema => ({
  ...readColumnProposal({ name, type: 'string' }),
  id: `col_0000000000000000000000000${number}`,
  number,
  tokens: [],
  pending: null,
});
const [email, city] = [column(3, 'email'), column(4, 'city')];
const table: TableSchema = {
  id: 'tbl_00000000000000000000000002',
  number: 1,
  name: 'people',
  description: '',
  columns: [email, city],
  subject: null,
  purposeRequired: false,
};
const vault: VaultSchema = {
  id: 'vlt_00000000000000000000000001',
  number: 1,
  name: 'crm',
  description: '',
  version: 1,
  tables: [table],
};
const where = { vault, table };
const newKeys = () => ({
  newest: maskKeyFrom(randomBytes(32), 7),
  index: maskKeyFrom(randomBytes(32), 1),
  random: (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes)),
});
const COUNT = 100;
const idOf = (i: number) => `01926d6a-0000-7000-8000-${String(i).padStart(12, '0')}`;
const subjectKey = new Uint8Array(32).fill(9);

/** Every third is about somebody, one is a canary. */
function people(): Sealable[] {
  return Array.from({ length: COUNT }, (_, i) => ({
    record: {
      id: idOf(i),
      state: { version: 1, subject: i % 3 === 0 ? BigInt(i) : null, canary: i === 5 },
      values: [
        { column: email, plain: encodeValue(email, `p${i}@example.com`) },
        { column: city, plain: encodeValue(city, `city ${i}`) },
      ],
      lookups: [{ space: 3, digest: new Uint8Array(16).fill(i), unique: false }],
      tokens: [{ column: 3, space: 6, token: `tok-${i}` }],
    },
    subjectKey: i % 3 === 0 ? subjectKey.slice() : null,
  }));
}

const parsedOf = (i: number, body: Uint8Array): ParsedRecord =>
  parsedRecord({ id: idOf(i), version: 1, subject: i % 3 === 0 ? BigInt(i) : null, body });

function wantedOf(i: number, body: Uint8Array, columns: readonly number[]): Wanted {
  const key = i % 3 === 0 ? subjectKey.slice() : null;
  const subject = i % 3 === 0 ? BigInt(i) : null;
  const parts = new RecordBody(body);
  return { id: idOf(i), version: 1, subject, canary: false, subjectKey: key, body, parts, columns };
}

const WORK = { cells: COUNT, sizeBytes: 1_000 };

async function isReady(thread: CellThread): Promise<void> {
  for (let tries = 0; !thread.takes(WORK); tries++) {
    assert.ok(tries < 3_000, 'the thread did not start');
    await sleep(10);
  }
}

async function readyThread(times?: ThreadTimes): Promise<CellThread> {
  const thread = createCellThread(times);
  after(() => thread.close());
  await isReady(thread);
  return thread;
}

const textIn = (record: OpenRecord | Problem | undefined, of: ColumnSchema) => {
  assert.ok(record !== undefined && !(record instanceof Problem));
  return Buffer.from(record.cell(of.number) ?? [])
    .subarray(1)
    .toString();
};

/** A body with the code it would have if whoever changed it had the key. */
function recoded(keys: ReturnType<typeof newKeys>, i: number, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  const subject = i % 3 === 0 ? BigInt(i) : null;
  writeHead(head, 0, { id: idOf(i), version: 1, subject, canary: false });
  const covered = body.subarray(0, -CODE_BYTES);
  const code = hmacOf(keys.index, RECORD_CODE).text([placeOf(vault, table).record(head), covered]);
  return Buffer.concat([covered, Buffer.from(code.slice(0, CODE_BYTES), 'latin1')]);
}

test('the thread seals and opens what the thread that serves opens and seals', async () => {
  const thread = await readyThread();
  const keys = newKeys();
  const there = await sealRecords(thread, where, { keys, records: people() });
  const here = await sealRecords(createCellThread(), where, { keys, records: people() });
  const opening = { index: keys.index, version: () => keys.newest };
  const open = recordOpener(vault, table, opening);
  const wanted = here.map((body, i) => wantedOf(i, body, [email.number]));
  const opened = await openAhead(thread, where, { keys: opening, wanted });
  for (let i = 0; i < COUNT; i++) {
    const key = i % 3 === 0 ? subjectKey : null;
    const record = open(parsedOf(i, there[i] ?? new Uint8Array()), key);
    for (const one of [record, opened[i]]) {
      assert.equal(textIn(one, email), `p${i}@example.com`);
      assert.equal(textIn(one, city), `city ${i}`, 'what was not opened ahead opens too');
      assert.ok(one !== undefined && !(one instanceof Problem));
      assert.equal(one.state.canary, i === 5);
      assert.deepEqual(one.tokens(), [{ column: 3, space: 6, token: `tok-${i}` }]);
      assert.equal(one.cell(99), null);
    }
  }
});

test('in the thread a record opens in its place alone, and a cell in its own column', async () => {
  const thread = await readyThread();
  const keys = newKeys();
  const bodies = await sealRecords(thread, where, { keys, records: people() });
  const body = (i: number) => Buffer.from(bodies[i] ?? []);
  const flipped = body(0);
  flipped[flipped.length - 20] = (flipped[flipped.length - 20] ?? 0) ^ 1;
  const elsewhere = recoded(keys, 1, body(2));
  const crossed = body(4);
  assert.equal(crossed.readUInt32BE(9), email.number);
  crossed.writeUInt32BE(city.number, 9); // it stands before the first cell
  const wanted = [
    wantedOf(0, flipped, [email.number]),
    wantedOf(1, body(2), [email.number]),
    wantedOf(1, elsewhere, [email.number]),
    wantedOf(4, recoded(keys, 4, crossed), [city.number]),
    { ...wantedOf(6, body(6), [email.number]), subjectKey: new Uint8Array(32).fill(8) },
    wantedOf(7, body(7), [email.number]),
  ];
  const opening = { index: keys.index, version: () => keys.newest };
  const opened = await openAhead(thread, where, { keys: opening, wanted });
  const codes = opened.map((one) => {
    if (one instanceof Problem) return one.code;
    try {
      return Buffer.from(one.cell(email.number) ?? one.cell(city.number) ?? []).toString();
    } catch (thrown) {
      return thrown instanceof Problem ? `cell ${thrown.code}` : 'thrown';
    }
  });
  const [cell, whole] = ['cell corrupt', '\u0000p7@example.com'];
  assert.deepEqual(codes, ['corrupt', 'corrupt', cell, cell, cell, whole]);
  const another = { index: keys.index, version: () => newKeys().newest };
  const [foreign] = await openAhead(thread, where, {
    keys: another,
    wanted: [wantedOf(7, body(7), [email.number])],
  });
  assert.throws(() => textIn(foreign, email), { code: 'corrupt' });
});

test('what was under way when a key was destroyed comes to nothing', async () => {
  const thread = await readyThread();
  for (const which of ['newest', 'index'] as const) {
    const keys = newKeys();
    const bodies = await sealRecords(thread, where, { keys, records: people() });
    const opening = { index: keys.index, version: () => keys.newest };
    const wanted = bodies.map((body, i) => wantedOf(i, body, [email.number]));
    const sealing = sealRecords(thread, where, { keys, records: people() });
    const reading = openAhead(thread, where, { keys: opening, wanted });
    destroyMaskKey(keys[which]);
    await assert.rejects(sealing, { code: 'unavailable' });
    await assert.rejects(reading, { code: 'unavailable' });
    await assert.rejects(sealRecords(thread, where, { keys, records: people() }), {
      code: 'expired',
    });
  }
});

test('whoever waits for a thread that ends is refused, and the next starts anew', async () => {
  const thread = await readyThread();
  const keys = newKeys();
  const sealing = sealRecords(thread, where, { keys, records: people() });
  thread.close();
  await assert.rejects(sealing, { code: 'unavailable' });
  assert.equal(thread.takes(WORK), false, 'it has to start first');
  const here = await sealRecords(thread, where, { keys, records: people() });
  assert.equal(here.length, COUNT, 'meanwhile they are sealed where they are');
  await isReady(thread);
  assert.equal((await sealRecords(thread, where, { keys, records: people() })).length, COUNT);
});

test('the thread takes no few, no more than it may hold, and nobody waits behind much more than their own', async () => {
  const thread = await readyThread();
  const keys = newKeys();
  assert.equal(thread.takes({ cells: 10, sizeBytes: 1_000 }), false);
  assert.equal(thread.takes({ cells: 40_001, sizeBytes: 1_000 }), false);
  assert.equal(thread.takes({ cells: COUNT, sizeBytes: 65 * 1024 * 1024 }), false);
  const sealing = sealRecords(thread, where, { keys, records: people() });
  assert.equal(thread.takes({ cells: COUNT, sizeBytes: 64 * 1024 * 1024 }), false);
  assert.equal(thread.takes({ cells: 39_900, sizeBytes: 1_000 }), false);
  assert.equal(thread.takes({ cells: 50, sizeBytes: 1_000 }), false, 'it would wait for 400');
  assert.equal(thread.takes(WORK), true);
  await sealing;
  assert.equal(thread.takes({ cells: 50, sizeBytes: 1_000 }), true);
});

test('a thread ends when nothing is to do, and another takes its place when it is old', async () => {
  const idle = await readyThread({ idleMs: 50, ageMs: 60_000 });
  for (let tries = 0; idle.takes(WORK); tries++) {
    assert.ok(tries < 300, 'the thread did not end');
    await sleep(100);
  }
  const old = await readyThread({ idleMs: 60_000, ageMs: 1 });
  const keys = newKeys();
  const threads = () => (process.report.getReport() as { workers: unknown[] }).workers.length;
  const before = threads();
  for (let round = 0; round < 10; round++) {
    const sealing = sealRecords(old, where, { keys, records: people() });
    old.takes(WORK);
    assert.equal((await sealing).length, COUNT, 'what the old one was given is done');
    await isReady(old);
  }
  for (let tries = 0; threads() > before + 1; tries++) {
    assert.ok(tries < 300, 'the old ones did not end');
    await sleep(100);
  }
});

const stand = vaultStand();

test('many values at once come back as few do, and what was swapped in the database does not', async () => {
  const {
    vaults,
    query,
    alarms,
    vault: made,
  } = await stand.make({
    name: 'many',
    tables: [
      {
        name: 'people',
        columns: [{ name: 'name', type: 'string', tokens: [{ shape: { kind: 'uuid' } }] }],
      },
    ],
  });
  const rows = Array.from({ length: 60 }, (_, i) => ({ name: `name ${i}` }));
  const shown = async (tokens: readonly string[]) => {
    const asked = tokens.map((token) => ({ token, redaction: PLAIN }));
    const request = { caller: CALLER, vault: made.id, ruling: allow(), tokens: asked };
    return (await vaults.detokenise(request)).map((one) =>
      one.kind === 'value' ? one.json : one.problem.code,
    );
  };
  const expected = rows.map(({ name }) => name);
  let written: readonly WrittenRow[] = [];
  const tokens = () => written.map((one) => one.tokens[0]?.token ?? '');
  // The first are sealed and opened where they are, those after the thread has started in it.
  for (let round = 0; round < 4; round++) {
    written = await insertRows(vaults, made.id, { table: 'people', rows });
    assert.deepEqual(await shown(tokens()), expected);
    await sleep(250);
  }
  const [one, two] = written.map(({ record }) => record);
  await query(
    'update vault.record set body = (select body from vault.record where id = $2) where id = $1',
    [one, two],
  );
  assert.deepEqual(await shown(tokens()), ['corrupt', ...expected.slice(1)]);
  await query('alter table vault.record drop constraint record_version_check');
  await query('update vault.record set version = -1 where id = $1', [two]);
  const torn = ['corrupt', 'corrupt', ...expected.slice(2)];
  assert.deepEqual(await shown(tokens()), torn);
  assert.deepEqual(await shown(tokens().slice(0, 3)), torn.slice(0, 3), 'where it is, too');
  assert.deepEqual(new Set(await alarms()), new Set(['corrupt']));
});
