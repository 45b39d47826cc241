import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { noteKey, parseTrustPolicy, formatVkey } from '#engines/merkle';
import { openLedger, openLog } from '#plane/ledger';
import type { Ledger, Log } from '#plane/ledger';
import { openLocalBlobs } from '#platform/blob';
import type { KeyringSettings } from './mod.ts';
import { startTestKeys } from './testkeys.ts';
import type { KeySetup, TestKeys } from './testkeys.ts';

let keys: TestKeys;
const closing: (() => Promise<void>)[] = [];
before(async () => {
  keys = await startTestKeys();
});
after(async () => {
  for (const close of closing.toReversed()) await close();
  await keys.stop();
});

let logs = 0;

/** The real ledger and log of a plane, with the witnesses a policy names; nobody answers for them. */
async function openReal(setup: KeySetup, policy: string) {
  const at = join(keys.directory, `log-${logs++}`);
  const ground = { pool: setup.database.pool, plane: 'pln_example', clock: Date.now };
  const ledger: Ledger = await openLedger({ ...ground, headFile: `${at}.head` });
  const asked: string[] = [];
  const log: Log = await openLog({
    ...ground,
    blobs: await openLocalBlobs(at),
    keyService: setup.provider,
    origin: 'plane.example/log',
    witnesses: parseTrustPolicy(policy),
    askWitness: (url) => {
      asked.push(url);
      return Promise.reject(new Error('nobody is there'));
    },
    coverTimeoutMs: 500,
  });
  closing.push(
    () => ledger.close(),
    () => log.close(),
  );
  const record: KeyringSettings['record'] = (leaf, tx) =>
    tx === null ? ledger.write(leaf) : ledger.append(tx, leaf);
  const covered = (index: number) => log.covered(index);
  const kinds = async () => {
    const leaves = await ledger.read({ from: 0, limit: 20 });
    return leaves.map(({ leaf }) => leaf.kind);
  };
  return { keyring: setup.another({ record, covered }), log, kinds, asked };
}

test('use asks for a key under a checkpoint of the real log, which proves its leaf', async () => {
  const { keyring, log, kinds } = await openReal(await keys.setUp(), 'quorum none\n');
  await keyring.use('rolling/a');
  assert.deepEqual(await kinds(), ['key-created', 'key-unwrapped']);
  assert.ok((log.newest()?.size ?? 0) >= 2);
  assert.match(await log.proof(1), /^c2sp\.org\/tlog-proof@v1\n(?:.*\n)*index 1\n/u);
});

test('use gets no key while the witnesses that policy asks for do not answer, and the ledger says so', async () => {
  const vkey = formatVkey(noteKey('cosignature', 'witness.example', new Uint8Array(32).fill(9)));
  const policy = `witness outside ${vkey} https://witness.example\nquorum outside\n`;
  const { keyring, kinds, asked } = await openReal(await keys.setUp(), policy);
  await assert.rejects(keyring.use('rolling/a'), { code: 'unavailable' });
  assert.ok(asked.length > 0, 'the witness was asked');
  assert.deepEqual(await kinds(), ['key-created', 'key-unwrapped', 'key-refused']);
});
