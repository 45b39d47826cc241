import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import QueryStream from 'pg-query-stream';
import postgres from 'postgres';
import { startTestGateway, type TestGateway } from './testgateway.ts';

const run = promisify(execFile);

let gate: TestGateway;
before(async () => {
  gate = await startTestGateway({
    planner: 'passthrough',
    setup:
      'CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT i, $$n$$ || i FROM generate_series(1, 5000) i',
  });
});
after(() => gate.stop());

async function withClient<T>(act: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: gate.url() });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

test('gateway answers simple and extended queries of pg', async () => {
  await withClient(async (client) => {
    const both: unknown = await client.query('SELECT 1 AS a; SELECT 2 AS b');
    assert.ok(Array.isArray(both) && both.length === 2);
    const named = { name: 's1', text: 'SELECT name FROM public.t WHERE id = $1', values: [7] };
    assert.equal((await client.query(named)).rows[0].name, 'n7');
    assert.equal((await client.query({ ...named, values: [8] })).rows[0].name, 'n8');
    assert.equal(
      (await client.query('SELECT name FROM public.t WHERE id = $1', [9])).rows[0].name,
      'n9',
    );
    assert.equal((await client.query('SELECT * FROM public.t')).rowCount, 5000);
  });
});

test('gateway keeps a transaction failed after an error and usable after rollback', async () => {
  await withClient(async (client) => {
    await client.query('BEGIN');
    await assert.rejects(client.query('SELECT nothing_like_it'), { code: '42703' });
    await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
    await client.query('ROLLBACK');
    assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1);
  });
});

test('gateway frees the name of a statement that could not be prepared', async () => {
  await withClient(async (client) => {
    await assert.rejects(client.query({ name: 'again', text: 'SELECT nothing_like_it' }), {
      code: '42703',
    });
    assert.equal((await client.query({ name: 'again', text: 'SELECT 5 AS a' })).rows[0].a, 5);
    await assert.rejects(
      client.query({ name: 'again', text: 'SELECT 6 AS a' }),
      /Prepared statements must be unique/u,
    );
  });
});

test('gateway session is read-only', async () => {
  await withClient(async (client) => {
    await assert.rejects(client.query("INSERT INTO public.t VALUES (0, 'x')"), { code: '25006' });
  });
});

test('gateway serves postgres.js with pipelining', async () => {
  const sql = postgres(gate.url(), { max: 3 });
  const rows = await Promise.all(Array.from({ length: 50 }, (_, i) => sql`SELECT ${i}::int AS i`));
  assert.deepEqual(
    rows.map((row) => row[0]?.['i']),
    Array.from({ length: 50 }, (_, i) => i),
  );
  await sql.end();
});

test('gateway refuses wrong passwords and unknown names alike', async () => {
  for (const user of ['ada', 'nobody']) {
    const client = new Client({ connectionString: gate.url(user), password: 'wrong' });
    client.on('error', () => undefined);
    const failure = await new Client({
      host: '127.0.0.1',
      port: gate.gateway.address.port,
      user,
      password: 'wrong',
      database: 'demo',
    })
      .connect()
      .then(
        () => null,
        (thrown) => thrown,
      );
    assert.equal(failure.code, '28P01');
    assert.equal(failure.message, 'password authentication failed');
  }
});

test('gateway serves psql: queries, copy, errors in a batch', async () => {
  const { stdout } = await run('psql', [
    gate.url(),
    '-XAt',
    '-c',
    'SELECT count(*) FROM public.t',
    '-c',
    'COPY public.t TO STDOUT',
  ]);
  const lines = stdout.trim().split('\n');
  assert.equal(lines[0], '5000');
  assert.equal(lines.length, 5001);
  await assert.rejects(
    run('psql', [gate.url(), '-XAt', '-v', 'ON_ERROR_STOP=1', '-c', 'SELECT 1/0']),
    /division by zero/u,
  );
});

test('gateway gives portals in parts when a row limit is set', async () => {
  await withClient(async (client) => {
    const stream = client.query(
      new QueryStream('SELECT id FROM public.t ORDER BY id', [], { batchSize: 700 }),
    );
    let count = 0;
    for await (const _ of stream) count++;
    assert.equal(count, 5_000);
  });
});

/** Waits until the server runs such a statement: a cancel request that overtakes it stops nothing, with PostgreSQL too. */
async function running(like: string): Promise<void> {
  for (let i = 0; i < 150; i++) {
    const { rowCount } = await gate.database.pool.query(
      `SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [like],
    );
    if (rowCount !== 0) return;
    await sleep(100);
  }
  assert.fail('the statement did not come to run');
}

test('gateway cancels a statement by its own key and not by another', async () => {
  await withClient(async (client) => {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const slow = client.query('SELECT pg_catalog.pg_sleep(20)');
    const cancel = (key: number): Promise<void> =>
      new Promise((resolve) => {
        const packet = Buffer.alloc(16);
        packet.writeInt32BE(16, 0);
        packet.writeInt32BE((1234 << 16) | 5678, 4);
        packet.writeInt32BE(processID, 8);
        packet.writeInt32BE(key, 12);
        const socket = connect(gate.gateway.address.port, '127.0.0.1', () => socket.end(packet));
        socket.on('close', () => resolve());
        socket.resume();
      });
    await running('%pg_sleep(20)%');
    await cancel(secretKey ^ 1);
    await cancel(secretKey);
    await assert.rejects(slow, { code: '57014' });
    assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1);
  });
});

test('gateway sends what a slow reader can take', async () => {
  const client = new Client({ connectionString: gate.url() });
  await client.connect();
  const before = process.memoryUsage().rss;
  const query = client.query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
  (
    client as unknown as { connection: { stream: { pause(): void; resume(): void } } }
  ).connection.stream.pause();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(process.memoryUsage().rss - before < 60 * 1024 * 1024);
  (
    client as unknown as { connection: { stream: { pause(): void; resume(): void } } }
  ).connection.stream.resume();
  assert.equal((await query).rowCount, 100_000);
  await client.end();
});
