import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { utf8 } from '#base/bytes';
import {
  EMPTY_EDGE,
  checkpointBody,
  consistencyRanges,
  cosignatureOf,
  foldSubtrees,
  formatNote,
  formatSubmission,
  formatVkey,
  grow,
  hashIn,
  leafHash,
  parseCheckpoint,
  parseVkey,
  rootOf,
  signerOf,
  subtreesOf,
  tileOf,
  tilePath,
} from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { limitAddresses, placeOf } from './addresslimit.ts';
import { serveWitness } from './server.ts';
import { openWitness } from './witness.ts';
import { openWitnessKey } from './key.ts';

const MAIN = join(fileURLToPath(new URL('../../programs', import.meta.url)), 'witness/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'privet-witness-'));
after(() => rmSync(folder, { recursive: true }));

const signer = signerOf('ed25519', 'privet.example/log', new Uint8Array(32).fill(9));
const NAME = 'witness.example/w1';

/** A log in memory that can say how it goes on from any size. */
function logOf(text: string) {
  const leaves = Array.from({ length: 600 }, (_, i) => leafHash(`${text} ${i}`));
  const checkpoint = (size: number) => {
    const root = rootOf(grow(EMPTY_EDGE, leaves.slice(0, size)).edge);
    const body = checkpointBody({ origin: signer.key.name, size, root });
    const own = { name: signer.key.name, keyId: signer.key.id, signature: signer.sign(utf8(body)) };
    return formatNote({ text: body, signatures: [own] });
  };
  const proof = (old: number, size: number) => {
    const { tiles } = grow(EMPTY_EDGE, leaves.slice(0, size));
    const byPath = new Map(tiles.map(({ tile, bytes }) => [tilePath(tile), bytes]));
    return consistencyRanges(old, size).map((range) =>
      foldSubtrees(
        subtreesOf(range).map((subtree) =>
          hashIn(byPath.get(tilePath(tileOf(subtree, size))) ?? new Uint8Array(), subtree),
        ),
      ),
    );
  };
  const submission = (oldSize: number, size: number) =>
    formatSubmission({ oldSize, proof: proof(oldSize, size), checkpoint: checkpoint(size) });
  return { checkpoint, submission };
}

async function post(url: string, body: string) {
  const reply = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    text: await reply.text(),
  };
}

async function open(name: string, clock = () => 1_700_000_000_000) {
  const blobs = await openLocalBlobs(join(folder, name));
  const own = await openWitnessKey(blobs, NAME);
  const forks: string[] = [];
  const witness = openWitness({
    signer: own,
    logs: () => [signer.key],
    blobs,
    clock,
    onFork: (_origin, key) => forks.push(key),
  });
  return { blobs, own, witness, forks };
}

describe('witness', () => {
  test('follows C2SP tlog-witness over HTTP', async () => {
    const { own, witness, forks, blobs } = await open('http');
    const server = await serveWitness({
      witness,
      at: { host: '127.0.0.1', port: 0 },
      certificate: null,
      onFault: (thrown) => assert.fail(String(thrown)),
    });
    const url = `http://127.0.0.1:${server.port}`;
    const log = logOf('a');
    const first = await post(url, log.submission(0, 100));
    assert.equal(first.status, 200);
    const cosigned = parseCheckpoint(`${log.checkpoint(100)}${first.text}`);
    assert.deepEqual(cosignatureOf(own.key, cosigned.note), { timeSeconds: 1_700_000_000 });
    assert.deepEqual(await post(url, log.submission(0, 200)), {
      status: 409,
      type: 'text/x.tlog.size',
      text: '100\n',
    });
    assert.equal((await post(url, log.submission(100, 300))).status, 200);
    assert.equal((await post(url, log.submission(300, 300))).status, 200);
    const fork = logOf('b');
    const twoOfASize = await post(url, fork.submission(300, 300));
    assert.deepEqual([twoOfASize.status, twoOfASize.text], [409, '300\n']);
    assert.equal((await post(url, fork.submission(300, 400))).status, 422);
    assert.equal(forks.length, 1);
    assert.ok(await blobs.get(forks[0] ?? ''));
    const stranger = log.submission(300, 400).replaceAll('privet.example/log', 'other.example/log');
    assert.equal((await post(url, stranger)).status, 404);
    const unsigned = log.submission(300, 400).replace(/— (\S+) \S+/u, '— $1 AAAAAAAA');
    assert.equal((await post(url, unsigned)).status, 403);
    assert.equal(
      (await post(url, log.submission(300, 400).replace('old 300', 'old 500'))).status,
      400,
    );
    for (const bad of ['', 'x', 'old 1\n\n', 'x'.repeat(200_000)]) {
      assert.equal((await post(url, bad)).status, 400);
    }
    assert.equal((await fetch(`${url}/add-checkpoint`)).status, 405);
    assert.equal((await fetch(`${url}/other`)).status, 404);
    assert.equal((await post(url, log.submission(300, 400))).status, 200);
    await server.close();
  });

  test('whoever holds an honest checkpoint cannot make it cry fork, nor fill the place of one', async () => {
    const { witness, forks, blobs } = await open('junk');
    const log = logOf('a');
    assert.equal((await witness.addCheckpoint(log.submission(0, 100))).status, 200);
    for (let i = 0; i < 120; i++) {
      const proof = [leafHash(`junk ${i}`)];
      const junk = formatSubmission({ oldSize: 100, proof, checkpoint: log.checkpoint(200) });
      assert.equal((await witness.addCheckpoint(junk)).status, 422);
    }
    const kept = async () => (await Array.fromAsync(blobs.list('forks/'))).length;
    assert.deepEqual([forks.length, await kept()], [0, 0]);
    assert.equal((await witness.addCheckpoint(log.submission(100, 200))).status, 200);
    // One fork is kept once, whatever else stands in the submission; many do not fill the disk.
    const fork = { oldSize: 200, checkpoint: logOf('b').checkpoint(200) };
    for (let i = 0; i < 20; i++) {
      const submission = formatSubmission({ ...fork, proof: [leafHash(`junk ${i}`)] });
      assert.equal((await witness.addCheckpoint(submission)).status, 409);
    }
    assert.deepEqual([new Set(forks).size, await kept()], [1, 1]);
    for (let i = 0; i < 20; i++) {
      await witness.addCheckpoint(logOf(`fork ${i}`).submission(200, 200));
    }
    assert.deepEqual([new Set(forks).size, await kept()], [21, 16]);
  });

  test('cosigns one of many that come at once, and time does not go back', async () => {
    let now = 1_700_000_000_000;
    const { own, witness } = await open('many', () => now);
    const [one, other] = [logOf('a'), logOf('b')];
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        witness.addCheckpoint((i % 2 === 0 ? one : other).submission(0, 50)),
      ),
    );
    assert.equal(replies.filter(({ status }) => status === 200).length, 1);
    now -= 3_600_000;
    const reply = await witness.addCheckpoint(one.submission(50, 60));
    const { note } = parseCheckpoint(`${one.checkpoint(60)}${reply.text}`);
    assert.deepEqual(cosignatureOf(own.key, note), { timeSeconds: 1_700_000_000 });
  });

  test('cosigns nothing that it cannot keep, or when what it kept cannot be read', async () => {
    const { blobs, own } = await open('full');
    const full = { ...blobs, put: () => Promise.reject(new Error('no room')) };
    const settings = {
      signer: own,
      logs: () => [signer.key],
      clock: () => 1,
      onFork: () => undefined,
    };
    const log = logOf('a');
    await assert.rejects(
      openWitness({ ...settings, blobs: full }).addCheckpoint(log.submission(0, 5)),
    );
    assert.equal(
      (await openWitness({ ...settings, blobs }).addCheckpoint(log.submission(0, 5))).status,
      200,
    );
    for await (const { key } of blobs.list('heads/')) await blobs.put(key, utf8('garbage'));
    await assert.rejects(openWitness({ ...settings, blobs }).addCheckpoint(log.submission(5, 6)));
  });

  test('keeps its key, and refuses another name', async () => {
    const { blobs, own } = await open('key');
    assert.deepEqual((await openWitnessKey(blobs, NAME)).key, own.key);
    await assert.rejects(openWitnessKey(blobs, 'other'), { code: 'conflict' });
    await blobs.put('key', utf8('nonsense'));
    await assert.rejects(openWitnessKey(blobs, NAME), { code: 'corrupt' });
  });

  test('speaks plain HTTP to this machine only', async () => {
    const { witness } = await open('plain');
    const at = { host: '0.0.0.0', port: 0 };
    await assert.rejects(
      serveWitness({ witness, at, certificate: null, onFault: () => undefined }),
      {
        code: 'invalid',
      },
    );
  });
});

test('an address has a number of connections, and its network of IPv6 no more', async () => {
  const server = createServer();
  limitAddresses(server, 2);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    return socket;
  };
  const kept = [open(), open()];
  await Promise.all(kept.map((socket) => once(socket, 'connect')));
  await new Promise((resolve) => open().once('close', resolve));
  assert.ok(kept.every((socket) => !socket.destroyed));
  kept[0]?.destroy();
  await sleep(50);
  const next = open();
  await sleep(50);
  assert.equal(next.destroyed, false);
  for (const socket of [...kept, next]) socket.destroy();
  server.close();
  assert.equal(placeOf('2001:db8:0:1::1'), placeOf('2001:db8:0:1:ffff::2'));
  assert.notEqual(placeOf('2001:db8:0:1::1'), placeOf('2001:db8:0:2::1'));
  assert.equal(placeOf('::ffff:192.0.2.1'), placeOf('192.0.2.1'));
  assert.notEqual(placeOf('192.0.2.1'), placeOf('192.0.2.2'));
});

describe('privet witness', () => {
  const home = join(folder, 'home');
  const logsFile = join(folder, 'logs');

  async function start(): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...process.env,
        PRIVET_HOME: home,
        PRIVET_WITNESS_NAME: NAME,
        PRIVET_WITNESS_LOGS_FILE: logsFile,
        PRIVET_WITNESS_LISTEN: '127.0.0.1:0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    const port = await new Promise<string | undefined>((resolve) => {
      child.stderr?.on('data', (piece) => {
        text += String(piece);
        const found = /"port":(?<port>\d+)/u.exec(text)?.groups?.['port'];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => resolve(undefined));
    });
    if (port === undefined) throw new Error(`the witness did not start: ${text}`);
    return { child, url: `http://127.0.0.1:${port}` };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  test('remembers what it answered when it is killed right after', async () => {
    writeFileSync(logsFile, `log ${formatVkey(signer.key)}\nquorum none\n`);
    const [log, fork] = [logOf('a'), logOf('b')];
    let size = 0;
    for (let round = 0; round < 3; round++) {
      const { child, url } = await start();
      if (size > 0) {
        assert.equal((await post(url, fork.submission(0, 599))).text, `${size}\n`);
        assert.equal((await post(url, fork.submission(size, 599))).status, 422);
      }
      const until = size + 19;
      for (let next = size + 1; next <= until; next++) {
        assert.equal((await post(url, log.submission(next - 1, next))).status, 200);
      }
      size = until;
      await kill(child);
    }
  });

  test('reads its logs anew, keeps its key to itself, and is one at a time', async () => {
    const { child, url } = await start();
    const kept = join(home, 'witness', 'kept');
    assert.equal(statSync(join(kept, 'key')).mode & 0o777, 0o600);
    assert.equal(parseVkey(readFileSync(join(kept, 'vkey'), 'utf8').trim()).name, NAME);
    assert.ok(readdirSync(join(kept, 'heads')).length > 0);
    await assert.rejects(start(), /runs already/u);
    writeFileSync(logsFile, 'quorum none\n# changed\n');
    await sleep(20);
    assert.equal((await post(url, logOf('a').submission(0, 1))).status, 404);
    await kill(child);
  });
});
