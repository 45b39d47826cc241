import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:https';
import { createHmac, randomBytes } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { createAuthority, issueCertificate } from '#platform/http/authority';
import { egressDispatcher, openEgress } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { openLedger } from '#plane/ledger';
import type { LeafBody, Ledger } from '#plane/ledger';
import { exportSettings, fileSink, openExports, syslogSink, webhookSink } from './mod.ts';
import type { Export, Exports, Sink } from './mod.ts';
import { readFrames } from './testsyslog.ts';

const PLANE = 'plane-1';
const EXPORT = { workload: 'export', purpose: 'ledger-export' } as const;
const WAIT_MS_MAX = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'privet-exports-'));
let cluster: TestCluster;
let tls: { readonly ca: string; readonly cert: string; readonly key: string };

before(async () => {
  cluster = await startTestCluster();
  const authority = await createAuthority({ name: 'receivers', nowMs: Date.now() });
  const names = { name: 'receiver', nowMs: Date.now(), hosts: ['localhost'] };
  const issued = await issueCertificate(authority, names);
  tls = {
    ca: authority.certificatePem,
    cert: issued.certificatePem,
    key: issued.keyPem.reveal(),
  };
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

/** What a test opened is closed also where it fails: a loop that runs on would keep the process for ever. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

type Stand = { readonly pool: Pool; readonly ledger: Ledger; readonly egress: Egress };

async function stand(port = 1): Promise<Stand> {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, new URL('../migrations/', import.meta.url));
  const headFile = join(folder, randomBytes(6).toString('hex'));
  const ledger = await openLedger({ pool, plane: PLANE, clock: Date.now, headFile });
  const rule = { ...EXPORT, host: 'localhost', port, networks: ['loopback'], expiresAtMs: null };
  const egress = openEgress({
    pool,
    ledger,
    clock: Date.now,
    random: randomBytes,
    configured: { export: rule },
    onFault: () => undefined,
  });
  opened.push(() => egress.close());
  return { pool, ledger, egress };
}

const faults: string[] = [];

function running({ pool, ledger }: Stand, wanted: Pick<Export, 'sink'> & Partial<Export>): Exports {
  const one: Export = { name: 'siem', format: 'leaf', details: false, begin: 'start', ...wanted };
  const exports = openExports({
    plane: PLANE,
    pool,
    ledger,
    clock: Date.now,
    jitter: () => 0,
    lookMs: 20,
    exports: [one],
    onFault: (problem) => faults.push(problem.code),
  });
  exports.start();
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= exports.stop());
  opened.push(stop);
  return { ...exports, stop };
}

function act(number: number): LeafBody {
  return {
    kind: 'acts-missing',
    actor: { kind: 'plane' },
    from: number,
    through: number,
    bundleSerial: 1,
  };
}

async function write(ledger: Ledger, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => ledger.write(act(i))));
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (!(await what())) {
    assert.ok(Date.now() < deadline, 'what is awaited does not come');
    await sleep(20);
  }
}

/** A sink in memory that fails when it is told to. */
function memory(): Sink & { readonly taken: number[]; fail: boolean } {
  const taken: number[] = [];
  const sink = {
    taken,
    fail: false,
    place: 'memory',
    leavesMax: 10,
    patienceMs: 0,
    send: (batch: Parameters<Sink['send']>[0]) => {
      if (sink.fail) return Promise.reject(new Problem('unavailable', 'told to fail'));
      taken.push(...batch.items.map(({ leaf }) => leaf.index));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return sink;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('an export', () => {
  test('sends each leaf once, in order, and goes on where it stood', async () => {
    const ground = await stand();
    await write(ground.ledger, 25);
    const sink = memory();
    const first = running(ground, { sink });
    await until(() => sink.taken.length === 25);
    await first.stop();
    await write(ground.ledger, 7);
    const second = running(ground, { sink });
    // How far it is, is kept once the sink has taken it.
    await until(async () => ((await second.list())[0]?.nextIndex ?? 0) >= 32);
    const [state] = await second.list();
    assert.deepEqual([state?.nextIndex, state?.waiting, state?.failures], [32, 0, 0]);
    await second.stop();
    assert.deepEqual(sink.taken, upTo(32));
  });

  test('of two processes one sends', async () => {
    const ground = await stand();
    const sinks = [memory(), memory()];
    const both = sinks.map((sink) => running(ground, { sink }));
    await write(ground.ledger, 30);
    await until(() => sinks.some(({ taken }) => taken.length === 30));
    assert.deepEqual(
      sinks.map(({ taken }) => taken.length).toSorted((left, right) => left - right),
      [0, 30],
    );
    await Promise.all(both.map((one) => one.stop()));
  });

  test('waits with what a receiver does not take, and the ledger does not wait for it', async () => {
    const ground = await stand();
    const sink = memory();
    sink.fail = true;
    const exports = running(ground, { sink });
    await write(ground.ledger, 15);
    await until(async () => ((await exports.list())[0]?.failures ?? 0) >= 2);
    const [state] = await exports.list();
    assert.equal(state?.code, 'unavailable');
    assert.deepEqual([state.nextIndex, state.waiting], [0, 15]);
    sink.fail = false;
    await until(() => sink.taken.length === 15);
    const [well] = await exports.list();
    assert.deepEqual([well?.failures, well?.code], [0, null]);
    await exports.stop();
  });

  test('begins at the end when it is told to', async () => {
    const ground = await stand();
    await write(ground.ledger, 5);
    const sink = memory();
    const exports = running(ground, { sink, begin: 'now' });
    await until(async () => (await ground.pool.query('select from ledger.export')).rowCount === 1);
    await write(ground.ledger, 2);
    await until(() => sink.taken.length === 2);
    assert.deepEqual(sink.taken, [5, 6]);
    await exports.stop();
  });

  test('leaves about connections wait for company, so that no export feeds itself', async () => {
    const ground = await stand();
    const sink = memory();
    const exports = running(ground, { sink });
    await ground.ledger.write({ kind: 'facts-dropped', actor: { kind: 'plane' }, facts: 1 });
    await sleep(300);
    assert.deepEqual(sink.taken, []);
    await write(ground.ledger, 1);
    await until(() => sink.taken.length === 2);
    await exports.stop();
  });

  test('counts leaves that were gone before they were sent', async () => {
    const ground = await stand();
    await write(ground.ledger, 3);
    const from3 = {
      ...ground.ledger,
      read: (options: Parameters<Ledger['read']>[0]) =>
        ground.ledger.read({ ...options, from: Math.max(options.from ?? 0, 2) }),
    };
    const sink = memory();
    const exports = running({ ...ground, ledger: from3 }, { sink });
    await until(() => sink.taken.length === 1);
    await until(async () => (await exports.list())[0]?.missed === 2);
    await exports.stop();
  });
});

describe('to a file', () => {
  test('writes lines, survives its file being moved, and cuts off a half-written line', async () => {
    const path = join(folder, 'export.ndjson');
    const ground = await stand();
    const exports = running(ground, { sink: fileSink(path) });
    const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
    await write(ground.ledger, 3);
    await until(async () => (await exports.list())[0]?.nextIndex === 3);
    renameSync(path, `${path}.1`);
    await write(ground.ledger, 2);
    await until(async () => (await exports.list())[0]?.nextIndex === 5);
    appendFileSync(path, '{"index":5,"leafHash":"half');
    await write(ground.ledger, 1);
    await until(async () => (await exports.list())[0]?.nextIndex === 6);
    await exports.stop();
    const found = [...lines(`${path}.1`), ...lines(path)].map(
      (line) => (JSON.parse(line) as { index: number }).index,
    );
    assert.deepEqual(found, upTo(6));
  });

  test('keeps every whole line where a read gives less than was asked for', async (t) => {
    const path = join(folder, 'short.ndjson');
    const lines = Array.from({ length: 5 }, (_, i) => `{"index":${i}}\n`).join('');
    appendFileSync(path, `${lines}{"index":5,"ha`);
    const file = await open(path);
    type Reads = (...what: [into: Buffer, offset: number, size: number, at: number]) => unknown;
    const handle = Object.getPrototypeOf(file) as { read: Reads };
    const { read } = handle;
    await file.close();
    t.mock.method(handle, 'read', function some(this: unknown, ...what: Parameters<Reads>) {
      const [into, offset, size, at] = what;
      return Reflect.apply(read, this, [into, offset, Math.min(size, 7), at]);
    });
    const batch = { plane: PLANE, items: [] };
    await fileSink(path).send(batch, AbortSignal.timeout(5_000));
    assert.equal(readFileSync(path, 'utf8'), lines);
  });

  test('refuses a file that is a link', async () => {
    const path = join(folder, 'link');
    symlinkSync(join(folder, 'elsewhere'), path);
    const batch = { plane: PLANE, items: [] };
    await assert.rejects(fileSink(path).send(batch, AbortSignal.timeout(5_000)), {
      code: 'unavailable',
    });
  });
});

describe('to a webhook', () => {
  type Asked = { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string };

  async function receiver(statuses: number[], bytesMax = () => Infinity) {
    const asked: Asked[] = [];
    let tries = 0;
    const server = createServer({ cert: tls.cert, key: tls.key }, (request, answer) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString('utf8');
        const status = statuses.shift() ?? (body.length > bytesMax() ? 413 : 204);
        tries += 1;
        if (status < 300) asked.push({ headers: request.headers, body });
        answer.writeHead(status).end();
      });
    });
    opened.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    return { asked, port, tries: () => tries };
  }

  const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  function sinkTo(port: number, egress: Egress, single: boolean): Sink {
    return webhookSink({
      url: `https://localhost:${port}/ledger`,
      format: 'cloudevents',
      single,
      key: secret(KEY),
      clock: Date.now,
      dispatcher: egressDispatcher(egress, {
        ...EXPORT,
        tls: { ca: tls.ca },
        responseBytesMax: 1_000,
      }),
    });
  }

  test('posts signed batches of CloudEvents, again after a failure, by the egress', async () => {
    const { asked, port } = await receiver([503]);
    const ground = await stand(port);
    await write(ground.ledger, 4);
    const exports = running(ground, {
      sink: sinkTo(port, ground.egress, false),
      format: 'cloudevents',
    });
    await until(() => asked.length > 0);
    const [first] = asked;
    assert.equal(
      first?.headers['content-type'],
      'application/cloudevents-batch+json; charset=utf-8',
    );
    const events = JSON.parse(first.body) as { id: string }[];
    assert.deepEqual(
      events.slice(0, 4).map(({ id }) => id),
      ['0', '1', '2', '3'],
    );
    const id = String(first.headers['webhook-id']);
    assert.match(id, /^plane-1-0-\d+$/u);
    const signed = `${id}.${String(first.headers['webhook-timestamp'])}.${first.body}`;
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    assert.equal(first.headers['webhook-signature'], `v1,${mac}`);
    await exports.stop();
    const opened = await ground.ledger.read({ kinds: ['egress-opened'] });
    assert.ok(opened.length > 0);
  });

  test('posts one event a request where that is wanted', async () => {
    const { asked, port } = await receiver([]);
    const ground = await stand(port);
    await write(ground.ledger, 3);
    const exports = running(ground, {
      sink: sinkTo(port, ground.egress, true),
      format: 'cloudevents',
    });
    await until(() => asked.length >= 3);
    assert.deepEqual(
      asked
        .slice(0, 3)
        .map(({ body, headers }) => [
          (JSON.parse(body) as { id: string }).id,
          headers['content-type'],
        ]),
      ['0', '1', '2'].map((id) => [id, 'application/cloudevents+json; charset=utf-8']),
    );
    await exports.stop();
  });

  test('halves what is too large for a receiver, and tells of one leaf that is', async () => {
    let bytesMax = 3_000;
    const { asked, port, tries } = await receiver([], () => bytesMax);
    const ground = await stand(port);
    await write(ground.ledger, 40);
    const sent = () =>
      asked.flatMap(({ body }) => (JSON.parse(body) as { id: string }[]).map(({ id }) => id));
    const exports = running(ground, {
      sink: sinkTo(port, ground.egress, false),
      format: 'cloudevents',
    });
    await until(() => sent().length >= 40);
    assert.deepEqual(sent().slice(0, 40), upTo(40).map(String));
    assert.ok(asked.some(({ body }) => (JSON.parse(body) as Json[]).length > 1));
    bytesMax = 10;
    await write(ground.ledger, 4);
    await until(async () => (await exports.list())[0]?.code === 'limit');
    const before = tries();
    await sleep(1_000);
    assert.ok(tries() - before <= 4, 'each try waits longer than the one before');
    bytesMax = 100_000;
    await until(() => sent().includes('43'));
    await until(async () => (await exports.list())[0]?.code === null);
    await exports.stop();
  });

  test('shows of its address the host alone, and takes none with a credential', async () => {
    const { egress } = await stand();
    const placeOf = (url: string) =>
      webhookSink({
        url,
        format: 'leaf',
        single: false,
        key: secret(KEY),
        clock: Date.now,
        dispatcher: egressDispatcher(egress, { ...EXPORT, responseBytesMax: 1_000 }),
      }).place;
    assert.equal(placeOf('https://siem.example/'), 'webhook https://siem.example');
    const [one, other] = ['s3cr3t', 't0ken'].map((word) =>
      placeOf(`https://user:${word}@siem.example:8443/hooks/${word}?x=${word}`),
    );
    assert.match(String(one), /^webhook https:\/\/siem\.example:8443\/… \([0-9a-f]{8}\)$/u);
    assert.notEqual(one, other);
    const parses = (url: string) =>
      exportSettings.settings.targets.schema.safeParse([
        { name: 'hook', to: { kind: 'webhook', url, secretFile: '/hook.key' } },
      ]);
    assert.ok(parses('https://siem.example/hooks?tenant=7').success);
    for (const url of [
      'https://user:word@siem.example/hooks',
      'https://word@siem.example/hooks',
      'https://siem.example/hooks?api-key=word',
      'https://siem.example/hooks?access_token=word',
    ]) {
      const { error } = parses(url);
      assert.match(String(error?.issues[0]?.message), /`secretFile`/u, url);
      assert.doesNotMatch(JSON.stringify(error?.issues), /word/u);
    }
  });

  test('goes nowhere without a rule', async () => {
    const { asked, port } = await receiver([]);
    const ground = await stand(port + 1);
    await write(ground.ledger, 1);
    const exports = running(ground, { sink: sinkTo(port, ground.egress, false) });
    await until(async () => (await exports.list())[0]?.code === 'denied');
    assert.deepEqual(asked, []);
    await exports.stop();
  });
});

describe('to a syslog receiver', () => {
  test('sends every leaf in frames over TLS, and again after a receiver that broke off', async () => {
    const connections: Buffer[] = [];
    const server = createTlsServer({ cert: tls.cert, key: tls.key }, (socket) => {
      socket.on('error', () => undefined);
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      socket.on('end', () => connections.push(Buffer.concat(pieces)));
    });
    server.on('tlsClientError', () => undefined);
    opened.push(() => server.close());
    server.prependOnceListener('connection', (socket: Socket) => socket.resetAndDestroy());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    const ground = await stand(port);
    await write(ground.ledger, 40);
    const place = { host: 'localhost', port, egress: ground.egress, target: EXPORT };
    const sink = syslogSink({ ...place, tls: { ca: tls.ca } });
    faults.length = 0;
    const exports = running(ground, { sink, format: 'ocsf' });
    await until(async () => ((await exports.list())[0]?.nextIndex ?? 0) >= 40);
    await exports.stop();
    const messages = connections.flatMap((bytes) => readFrames(bytes));
    type Event = { readonly metadata: { readonly sequence: number } };
    const indices = messages.map(({ message }) => (JSON.parse(message) as Event).metadata.sequence);
    assert.ok(faults.includes('unavailable'));
    assert.deepEqual(indices, upTo(indices.length));
    assert.ok(indices.length >= 40);
  });

  test('does not speak to a receiver whose certificate is not believed', async () => {
    const server = createTlsServer({ cert: tls.cert, key: tls.key });
    server.on('tlsClientError', () => undefined);
    opened.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    const { egress } = await stand(port);
    const sink = syslogSink({ host: 'localhost', port, egress, target: EXPORT, tls: {} });
    const batch = { plane: PLANE, items: [] };
    await assert.rejects(sink.send(batch, AbortSignal.timeout(5_000)), { code: 'unavailable' });
  });
});
