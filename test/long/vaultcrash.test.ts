import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import {
  allow,
  CALLER,
  closeTestVaults,
  openTestVault,
  PLAIN,
} from '../../src/plane/vault/testvault.ts';
import type { TestVault } from '../../src/plane/vault/testvault.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster({
    settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  });
});
after(async () => {
  await closeTestVaults();
  await cluster.stop();
});

const ROUNDS = 4;
const WRITERS = 2;
const WRITER = join(import.meta.dirname, '../stand/vaultwriter.ts');

/** Runs a writer until it has acknowledged something, then for a moment that nobody chose, and kills it without a word. */
async function killed(opened: TestVault, vault: string, name: string): Promise<readonly string[]> {
  const args = [WRITER, opened.database.url, opened.directory, vault, name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (said += text));
  const gone = new Promise((resolve) => child.once('close', resolve));
  const deadlineMs = Date.now() + 60_000;
  while (!said.includes('\n') && Date.now() < deadlineMs) await sleep(20);
  await sleep(300 + Math.random() * 700);
  child.kill('SIGKILL');
  await gone;
  return said.split('\n').slice(0, -1);
}

test('kill -9 under load: every acknowledged record is there once, and opens', async (context) => {
  const opened = await openTestVault(cluster);
  const { vaults, database } = opened;
  const { id: vault } = await vaults.create(CALLER, {
    name: 'crash',
    tables: [
      {
        name: 'people',
        subject: 'person',
        columns: [
          { name: 'person', type: 'string', nullable: false },
          { name: 'email', type: 'string', unique: true, tokens: [{ shape: { kind: 'uuid' } }] },
          { name: 'note', type: 'string' },
        ],
      },
    ],
  });
  const lines: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const names = Array.from({ length: WRITERS }, (_, i) => `w${round}-${i}`);
    for (const said of await Promise.all(names.map((name) => killed(opened, vault, name))))
      lines.push(...said);
  }
  context.diagnostic(`${lines.length} records were acknowledged by ${ROUNDS * WRITERS} writers`);
  assert.ok(lines.length > 0 && !lines.includes('failed'));
  const acknowledged = lines.map((line) => line.split(' '));
  const asked = acknowledged.map(([, token = '']) => ({ token, redaction: PLAIN }));
  for (let at = 0; at < asked.length; at += 5_000) {
    const tokens = asked.slice(at, at + 5_000);
    const shown = await vaults.detokenise({ caller: CALLER, vault, tokens, ruling: allow() });
    for (const [i, one] of shown.entries()) {
      assert.ok(one.kind === 'value');
      const [record, , place = ''] = acknowledged[at + i] ?? [];
      assert.equal(one.record, record);
      assert.ok(JSON.stringify(one.json).endsWith(`.${place}@example.com"`));
    }
  }
  // Nothing twice, nothing by half: records, unique values and tokens are as many, and all of it opens.
  const { rows } = await database.pool.query<{ records: string; lookups: string; tokens: string }>(
    'select (select count(*) from vault.record) as records, (select count(*) from vault.lookup) as lookups, (select count(*) from vault.token) as tokens',
  );
  assert.equal(rows[0]?.lookups, rows[0]?.records);
  assert.equal(rows[0]?.tokens, rows[0]?.records);
  const { records, findings } = await vaults.verify(CALLER, vault);
  assert.equal(String(records), rows[0]?.records);
  assert.deepEqual(findings, []);
  assert.equal((await opened.ledger.verify()).kind, 'intact');
});
