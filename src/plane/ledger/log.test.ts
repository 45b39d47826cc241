import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { equalConstantTime, hex, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  believes,
  bundlePath,
  cosignatureLine,
  cosignedMessage,
  decodeBundle,
  EMPTY_EDGE,
  formatVkey,
  grow,
  judgeSubmission,
  leafHash,
  parseCheckpoint,
  parseProofFile,
  parseSubmission,
  parseTrustPolicy,
  parseVkey,
  provesInclusion,
  rootOf,
  signatureLine,
  signerOf,
  signedBy,
  tilePath,
} from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import type { BlobStore } from '#platform/blob';
import { migrate } from '#platform/db';
import type { Pool } from '#platform/db';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openFileProvider } from '#platform/kms';
import type { KeyProvider } from '#platform/kms';
import { HARMS, harmLog, makeLog } from '../../../test/stand/log.ts';
import type { Harm } from '../../../test/stand/log.ts';
import { openLedger, openLog } from './mod.ts';
import type { LeafBody, Ledger, Log } from './mod.ts';
import type { LogSettings } from './log.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const PLANE = 'plane-1';
const ORIGIN = 'privet.example/plane-1';
const NO_WITNESSES = parseTrustPolicy('quorum none\n');

function started(version: string): LeafBody {
  return { kind: 'plane-started', actor: { kind: 'plane' }, version };
}

let cluster: TestCluster;
let folder: string;
let keyService: KeyProvider;
let count = 0;

before(async () => {
  cluster = await startTestCluster();
  folder = mkdtempSync(join(tmpdir(), 'privet-log-'));
  const path = join(folder, 'master.key');
  ({ provider: keyService } = await openFileProvider({ path, create: true }));
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

type Stand = {
  readonly pool: Pool;
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly open: (settings?: Partial<LogSettings>) => Promise<Log>;
};

async function stand(): Promise<Stand> {
  const { pool } = await cluster.createDatabase();
  await migrate(pool, MIGRATIONS);
  const home = join(folder, `log${++count}`);
  const blobs = await openLocalBlobs(home);
  const clock = () => 1_700_000_000_000;
  const headFile = `${home}.head`;
  const ledger = await openLedger({ pool, plane: PLANE, clock, headFile });
  const settings: LogSettings = {
    pool,
    plane: PLANE,
    clock,
    blobs,
    keyService,
    origin: ORIGIN,
    witnesses: NO_WITNESSES,
    askWitness: () => Promise.reject(new Error('nobody is there')),
    everyMs: 3_600_000,
    coverTimeoutMs: 2_000,
  };
  return { pool, blobs, ledger, open: (more = {}) => openLog({ ...settings, ...more }) };
}

async function write(ledger: Ledger, leaves: number): Promise<number> {
  const links = await Promise.all(
    Array.from({ length: leaves }, (_, n) => ledger.write(started(String(n)))),
  );
  return Math.max(...links.map((link) => link.index));
}

async function bytesAt(blobs: BlobStore, path: string): Promise<Uint8Array> {
  const bytes = await blobs.get(path);
  assert.ok(bytes, `${path} is missing`);
  return bytes;
}

/** What docs/formats/ledger-log.md §17 asks of a verifier, from the store alone. */
async function verifyStore(blobs: BlobStore, vkey: string): Promise<readonly string[]> {
  const signed = parseCheckpoint(textOf(await bytesAt(blobs, 'checkpoint')));
  assert.ok(signedBy(parseVkey(vkey), signed));
  const entries: string[] = [];
  for (let index = 0; index * 256 < signed.checkpoint.size; index++) {
    const width = Math.min(256, signed.checkpoint.size - index * 256);
    const bundle =
      (await blobs.get(bundlePath({ index, width }))) ??
      (await bytesAt(blobs, bundlePath({ index, width: 256 })));
    entries.push(...decodeBundle(bundle).slice(0, width).map(textOf));
  }
  const { edge, tiles } = grow(EMPTY_EDGE, entries.map(leafHash));
  assert.equal(hex(rootOf(edge)), hex(signed.checkpoint.root));
  for (const { tile, bytes } of tiles) {
    assert.ok(equalConstantTime(await bytesAt(blobs, tilePath(tile)), bytes), tilePath(tile));
  }
  return entries;
}

async function entriesOf(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ entry: string }>(
    'select entry from ledger.leaf order by index',
  );
  return rows.map((row) => row.entry);
}

describe('log', () => {
  test('covered waits for a checkpoint that anybody can verify', async () => {
    const { pool, blobs, ledger, open } = await stand();
    const log = await open();
    assert.equal(log.newest(), null);
    for (const leaves of [1, 254, 1, 1, 300]) {
      const index = await write(ledger, leaves);
      const covered = await log.covered(index);
      assert.equal(covered.size, index + 1);
      assert.equal(textOf(await bytesAt(blobs, 'checkpoint')), covered.note);
      assert.deepEqual(await verifyStore(blobs, log.vkey), await entriesOf(pool));
    }
    assert.equal(textOf(await bytesAt(blobs, 'vkey')), `${log.vkey}\n`);
    await log.close();
    await ledger.close();
  });

  test('covered serves many at once, and rejects what is not in the ledger', async () => {
    const { blobs, ledger, open } = await stand();
    const log = await open({ coverTimeoutMs: 300 });
    const waits = Array.from({ length: 200 }, async (_, n) => {
      const { index } = await ledger.write(started(String(n)));
      return (await log.covered(index)).size > index;
    });
    assert.ok((await Promise.all(waits)).every(Boolean));
    await verifyStore(blobs, log.vkey);
    await assert.rejects(log.covered(10_000), { code: 'unavailable' });
    const waiting = assert.rejects(log.covered(10_000), {
      code: 'unavailable',
      message: 'the log is closed',
    });
    await log.close();
    await waiting;
    await ledger.close();
  });

  test('proof gives what can be checked offline, and not-found beyond the checkpoint', async () => {
    const { pool, ledger, open } = await stand();
    const log = await open();
    await log.covered(await write(ledger, 700));
    const entries = await entriesOf(pool);
    for (const index of [0, 255, 256, 511, 699]) {
      const { hashes, checkpoint, ...proof } = parseProofFile(await log.proof(index));
      const signed = parseCheckpoint(checkpoint);
      assert.ok(signedBy(parseVkey(log.vkey), signed));
      const leaf = leafHash(entries[index] ?? '');
      assert.ok(provesInclusion(hashes, { ...signed.checkpoint, index: proof.index, leaf }));
    }
    await assert.rejects(log.proof(700), { code: 'not-found' });
    await log.close();
    await ledger.close();
  });

  test('resource gives what a log has, and nothing else of the store', async () => {
    const { blobs, ledger, open } = await stand();
    const log = await open();
    await log.covered(await write(ledger, 300));
    await blobs.put('tile/other', utf8('x'));
    for (const path of [
      'checkpoint',
      'vkey',
      'tile/0/000',
      'tile/0/001.p/44',
      'tile/1/000.p/1',
      'tile/entries/000',
    ]) {
      assert.deepEqual(await log.resource(path), await blobs.get(path), path);
    }
    for (const path of [
      '',
      'tile/other',
      '../master.key',
      'tile/7/000',
      'tile/0/0',
      'tile/00/000',
      'minimum',
    ]) {
      assert.equal(await log.resource(path), null, path);
    }
    await log.close();
    await ledger.close();
  });

  test('several processes sign one history', async () => {
    const { pool, blobs, ledger, open } = await stand();
    const logs = await Promise.all([open(), open(), open()]);
    assert.equal(new Set(logs.map((log) => log.vkey)).size, 1);
    await Promise.all(
      Array.from({ length: 120 }, async (_, n) => {
        const { index } = await ledger.write(started(String(n)));
        await logs[n % 3]?.covered(index);
        if (n % 10 === 0) await write(ledger, 40);
      }),
    );
    await logs[0]?.covered(await write(ledger, 1));
    assert.deepEqual(await verifyStore(blobs, logs[0]?.vkey ?? ''), await entriesOf(pool));
    await Promise.all(logs.map((log) => log.close()));
    await ledger.close();
  });
});

describe('log in trouble', () => {
  test('a store that fails at any write loses nothing and signs nothing twice', async () => {
    const { pool, blobs, ledger, open } = await stand();
    let puts = 0;
    let failAt = 0;
    const failing: BlobStore = {
      ...blobs,
      put(key, body, options) {
        puts += 1;
        if (puts === failAt) return Promise.reject(new Problem('limit', 'the blob store is full'));
        return blobs.put(key, body, options);
      },
    };
    for (let round = 1; round <= 12; round++) {
      [puts, failAt] = [0, round];
      const faults: Problem[] = [];
      const index = await write(ledger, 130);
      const log = await open({ blobs: failing, onFault: (problem) => faults.push(problem) }).catch(
        (error: unknown) => {
          assert.equal((error as Problem).code, 'limit');
          return open();
        },
      );
      assert.equal((await log.covered(index)).size, index + 1);
      assert.ok(faults.length <= 1);
      await log.close();
      assert.deepEqual(await verifyStore(blobs, log.vkey), await entriesOf(pool));
    }
    await ledger.close();
  });

  test('a checkpoint that the store lost or has too old is shown again', async () => {
    const { blobs, ledger, open } = await stand();
    const log = await open();
    await log.covered(await write(ledger, 5));
    const old = await bytesAt(blobs, 'checkpoint');
    await log.covered(await write(ledger, 5));
    await log.close();
    for (const harm of [() => blobs.delete('checkpoint'), () => blobs.put('checkpoint', old)]) {
      await harm();
      const again = await open();
      await again.covered(9);
      await again.close();
      assert.equal((await verifyStore(blobs, log.vkey)).length, 10);
    }
    await ledger.close();
  });

  test('openLog refuses a published checkpoint that the database cannot account for', async () => {
    const { pool, blobs, ledger, open } = await stand();
    const log = await open();
    const covered = await log.covered(await write(ledger, 300));
    await log.close();
    const refuses = async (text: string, message: RegExp) => {
      await blobs.put('checkpoint', utf8(text));
      await assert.rejects(open(), { code: 'corrupt', message });
    };
    const signed = parseCheckpoint(covered.note);
    await refuses('nonsense', /expected a checkpoint/u);
    await refuses(covered.note.replace('300', '301'), /expected a signature/u);
    const stranger = signerOf('ed25519', ORIGIN, new Uint8Array(32));
    const forged = signatureLine({
      name: ORIGIN,
      keyId: stranger.key.id,
      signature: stranger.sign(utf8(signed.note.text)),
    });
    await refuses(`${signed.note.text}\n${forged}`, /expected a signature/u);
    await blobs.put('checkpoint', utf8(covered.note));
    await pool.query('delete from ledger.checkpoint where size = 300');
    await assert.rejects(open(), {
      code: 'corrupt',
      message: /expected at most 0 leaves, got 300/u,
    });
    await ledger.close();
  });

  test('tiles or leaves that were changed are never signed', async () => {
    const { pool, blobs, ledger, open } = await stand();
    const log = await open();
    await log.covered(await write(ledger, 300));
    await log.close();
    const tile = await bytesAt(blobs, 'tile/0/001.p/44');
    const bad = tile.with(3, (tile[3] ?? 0) ^ 1);
    for (const harm of [bad, tile.subarray(1)]) {
      await blobs.put('tile/0/001.p/44', harm);
      await assert.rejects(open(), { code: 'corrupt' });
    }
    await blobs.delete('tile/0/001.p/44');
    await assert.rejects(open(), { code: 'corrupt', message: /tile\/0\/001\.p\/44/u });
    await blobs.put('tile/0/001.p/44', tile);
    await pool.query('alter table ledger.leaf disable trigger user');
    const index = await write(ledger, 3);
    await pool.query(
      `update ledger.leaf set entry = replace(entry, '"1"', '"9"') where index = $1`,
      [index - 1],
    );
    const again = await open();
    await assert.rejects(again.covered(index), {
      code: 'corrupt',
      message: /leaf 301 was changed before it was signed/u,
    });
    assert.equal((await verifyStore(blobs, log.vkey)).length, 300);
    await again.close();
    await ledger.close();
  });

  test('openLog refuses another origin and another key service', async () => {
    const { open } = await stand();
    await (await open()).close();
    await assert.rejects(open({ origin: 'elsewhere' }), {
      code: 'conflict',
      message: /is `privet.example/u,
    });
    const path = join(folder, 'other.key');
    const { provider } = await openFileProvider({ path, create: true });
    await assert.rejects(open({ keyService: provider }), { code: 'corrupt' });
  });
});

describe('log with witnesses', () => {
  const witnesses = ['w1', 'w2', 'w3'].map((name, i) => {
    const one = signerOf('cosignature', `${name}.example`, new Uint8Array(32).fill(i + 1));
    return { name, key: one.key, sign: (message: Uint8Array) => one.sign(message) };
  });
  const lines = witnesses.map(
    ({ name, key }) => `witness ${name} ${formatVkey(key)} https://${name}/`,
  );
  const policy = parseTrustPolicy(`${lines.join('\n')}\ngroup two 2 w1 w2 w3\nquorum two\n`);

  /** Witnesses in memory, as C2SP tlog-witness has them. */
  function choir(vkey: () => string) {
    const heads = new Map<string, { size: number; root: Uint8Array }>();
    const silent = new Set<string>();
    const ask = (url: string, body: string) => {
      const witness = witnesses.find(({ name }) => url === `https://${name}/add-checkpoint`);
      if (witness === undefined || silent.has(witness.name))
        return Promise.reject(new Error('down'));
      const submission = parseSubmission(body);
      const known = heads.get(witness.name) ?? null;
      const judged = judgeSubmission(submission, [parseVkey(vkey())], known);
      if (judged.kind === 'other-size')
        return Promise.resolve({ status: 409, text: `${judged.size}\n` });
      if (judged.kind !== 'cosign') return Promise.resolve({ status: 422, text: judged.kind });
      const { checkpoint, note } = submission.signed;
      heads.set(witness.name, checkpoint);
      const signature = witness.sign(cosignedMessage(note.text, 7));
      const text = signatureLine(cosignatureLine(witness.key, { timeSeconds: 7, signature }));
      return Promise.resolve({ status: 200, text });
    };
    return { ask, silent, heads };
  }

  test('covered waits for the quorum, and shows no checkpoint without', async () => {
    const { blobs, ledger, open } = await stand();
    let vkey = '';
    const { ask, silent, heads } = choir(() => vkey);
    const faults: string[] = [];
    const onFault = (problem: Problem) => faults.push(problem.message);
    const log = await open({ witnesses: policy, askWitness: ask, coverTimeoutMs: 500, onFault });
    ({ vkey } = log);
    const covered = await log.covered(await write(ledger, 300));
    assert.deepEqual(covered.witnesses, ['w1', 'w2', 'w3']);
    assert.equal(parseCheckpoint(covered.note).note.signatures.length, 4);
    silent.add('w2');
    assert.deepEqual((await log.covered(await write(ledger, 3))).witnesses, ['w1', 'w3']);
    silent.add('w3');
    const late = await write(ledger, 2);
    await assert.rejects(log.covered(late), { code: 'unavailable' });
    assert.equal((await verifyStore(blobs, vkey)).length, 303);
    assert.ok(
      faults.some((fault) => fault.startsWith('no quorum of witnesses for 305 leaves, got w1')),
    );
    silent.clear();
    assert.deepEqual((await log.covered(late)).witnesses, ['w1', 'w2', 'w3']);
    await log.close();
    // A witness that was told less than the log has, and one that saw another log.
    heads.set('w1', { size: 100, root: new Uint8Array(32) });
    const again = await open({ witnesses: policy, askWitness: ask, onFault });
    assert.deepEqual((await again.covered(await write(ledger, 1))).witnesses, ['w2', 'w3']);
    assert.ok(faults.some((fault) => fault === 'witness `w1` did not cosign (422)'));
    heads.set('w1', { size: 999, root: new Uint8Array(32) });
    await again.covered(await write(ledger, 1));
    assert.ok(faults.some((fault) => fault.startsWith('witness `w1` saw 999 leaves')));
    await again.close();
    await ledger.close();
  });

  test('what a witness answers must be its own signature', async () => {
    const { ledger, open } = await stand();
    let vkey = '';
    const { ask } = choir(() => vkey);
    const askForged = async (url: string, body: string) => {
      const answer = await ask(url, body);
      if (url.includes('w1'))
        return { ...answer, text: (await ask('https://w2/add-checkpoint', body)).text };
      if (url.includes('w2')) return { ...answer, text: '— w2.example AAAAAAAA\n' };
      return { ...answer, text: 'nonsense' };
    };
    const log = await open({ witnesses: policy, askWitness: askForged, coverTimeoutMs: 200 });
    ({ vkey } = log);
    await assert.rejects(log.covered(await write(ledger, 1)), { code: 'unavailable' });
    assert.equal(log.newest(), null);
    await log.close();
    await ledger.close();
  });
});

describe('the log that verifiers are tried against', () => {
  /** Those of its harms that show in the log itself, without a policy or a trail. */
  const seen: readonly Harm[] = [
    'flipped-entry',
    'dropped-tail',
    'swapped-entries',
    'flipped-tile',
    'missing-tile',
    'other-origin',
  ];

  test('is whole, and is not once it is harmed', async () => {
    for (const leaves of [0, 1, 255, 256, 257, 600]) {
      const made = makeLog(join(folder, `whole${leaves}`), { leaves, earlier: [100, 300] });
      const blobs = await openLocalBlobs(made.directory);
      assert.deepEqual(await verifyStore(blobs, made.vkey), made.entries);
      const policy = parseTrustPolicy(made.policy);
      assert.ok(believes(policy, parseCheckpoint(textOf(await bytesAt(blobs, 'checkpoint')))));
    }
    for (const harm of HARMS) {
      const made = makeLog(join(folder, harm), { leaves: 600, earlier: [100] });
      harmLog(made, harm);
      const blobs = await openLocalBlobs(made.directory);
      const verified = verifyStore(blobs, made.vkey);
      if (seen.includes(harm)) await assert.rejects(verified);
      else await verified;
    }
  });
});
