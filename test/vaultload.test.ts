import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestCluster } from '#platform/db/testcluster';
import { openTestApi, TEST_CA_PEM, TOKEN_URI } from './vault/api.ts';

const LOAD = fileURLToPath(new URL('../bench/vaultload.ts', import.meta.url));
const run = promisify(execFile);

test('the load generator inserts, detokenises and streams with the credentials of an account', async (t) => {
  const cluster = await startTestCluster();
  const uuid = { shape: { kind: 'uuid' }, deterministic: false } as const;
  const columns = [{ name: 'name', type: 'string' as const, tokens: [uuid] }];
  const api = await openTestApi(cluster, { name: 'load', tables: [{ name: 'people', columns }] });
  const folder = mkdtempSync(join(tmpdir(), 'privet-load-'));
  t.after(async () => {
    await api.close();
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });
  api.test.clock.advance(Date.now() - api.test.clock());
  const account = api.account('load');
  api.role('VAULT_OWNER', [account]);
  const { id: clientID, keyId: keyID, privateKeyPem: privateKey } = account;
  const [credentials, ca] = [join(folder, 'load.json'), join(folder, 'ca.pem')];
  writeFileSync(credentials, JSON.stringify({ clientID, keyID, privateKey, tokenURI: TOKEN_URI }));
  writeFileSync(ca, TEST_CA_PEM);
  await api.server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.server.server.address() as AddressInfo;
  const asked = {
    url: `https://127.0.0.1:${port}`,
    ca,
    credentials,
    vault: api.schema.id,
    table: 'people',
    row: '{"name":"person {i}"}',
    batch: '20',
    lanes: '2',
    rate: '20',
    seconds: '1',
  };
  const load = (given: object) =>
    run(process.execPath, [LOAD, ...Object.entries(given).map(([name, to]) => `--${name}=${to}`)], {
      timeout: 60_000,
    });
  const { stdout } = await load(asked);
  const rows = stdout.trim().split('\n').slice(2);
  assert.equal(rows.length, 3, stdout);
  assert.match(rows[0] ?? '', /^\| insert, 20 a call, 2 at once \| \d/u);
  assert.match(rows[1] ?? '', /^\| single detokenise at 20\/s \| \d/u);
  assert.match(rows[2] ?? '', /^\| detokenise, one stream of NDJSON \| \d/u);
  const { rows: kept } = await api.test.query('select count(*)::integer as n from vault.record');
  assert.ok((kept[0] as { n: number }).n >= 20);

  api.govern({
    policies: `
apiVersion: privet/v1
kind: VaultPolicy
name: no-values
vault: load
roles: [VAULT_OWNER]
rules:
  - DENY DETOKENIZATION ON people.name
`,
  });
  await assert.rejects(load(asked), /answered 403|20 failed/u);
  await assert.rejects(load({ url: asked.url }), { code: 2 });
});
