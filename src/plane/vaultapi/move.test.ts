import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';

let cluster: TestCluster;
let from: TestApi;
let to: TestApi;
/** Who may move vaults, there. */
let mover: TestAccount;

const TABLES = [{ name: 'people', columns: [{ name: 'name', type: 'string' as const }] }];
const TICKET = { 'x-privet-ticket': 'CHG-1' };
const MAGIC = 'privet/vault-export/v2\n';

before(async () => {
  cluster = await startTestCluster();
  from = await openTestApi(cluster, { name: 'crm', tables: TABLES });
  to = await openTestApi(cluster, { name: 'other', tables: TABLES });
  mover = to.account('mover', {}, ['vault-mover']);
});

after(async () => {
  await from.close();
  await to.close();
  await cluster.stop();
});

const ask = (method: NonNullable<Asked['method']>, path: string, more: Partial<Asked> = {}) =>
  to.ask(mover.apiKey, { method, path: `/v1/vault-imports${path}`, headers: TICKET, ...more });

/** The parts and the manifest of an export of some records, sealed for the import. */
async function exported(recipient: string) {
  const [owner, giver] = [from.account('owner'), from.account('giver', {}, ['vault-mover'])];
  from.role('VAULT_OWNER', [owner]);
  const records = Array.from({ length: 20 }, (_, i) => ({ fields: { name: `p${i}` } }));
  const path = `/v1/vaults/${from.schema.id}`;
  const written = await from.ask(owner.apiKey, {
    method: 'POST',
    path: `${path}/people`,
    body: { records },
  });
  assert.equal(written.status, 200, JSON.stringify(written.body));
  const begin = { method: 'POST', path: `${path}/exports`, headers: TICKET } as const;
  const opened = await from.ask(giver.apiKey, { ...begin, body: { recipient } });
  assert.equal(opened.status, 201, JSON.stringify(opened.body));
  const { ID } = opened.body;
  const aimless = await from.ask(giver.apiKey, { ...begin, headers: {}, body: { recipient } });
  assert.equal(aimless.status, 403);
  const listed = await from.ask(giver.apiKey, { path: '/v1/vault-exports' });
  assert.deepEqual(
    listed.body.vaultExports.map((one: { ID: string; records: number }) => [one.ID, one.records]),
    [[ID, 20]],
  );
  const reply = await from.server.inject({
    method: 'GET',
    url: `/v1/vault-exports/${ID}/parts`,
    headers: { host: 'vault.example', authorization: `Bearer ${giver.apiKey}`, ...TICKET },
  });
  assert.equal(reply.statusCode, 200, reply.payload);
  const frames = new Map<string, Buffer>();
  for (let at = MAGIC.length; at < reply.rawPayload.length;) {
    const size = reply.rawPayload.readUInt32BE(at + 1);
    frames.set(
      reply.rawPayload.toString('latin1', at, at + 1),
      reply.rawPayload.subarray(at + 5, at + 5 + size),
    );
    at += 5 + size;
  }
  const [part, manifest] = [frames.get('P'), frames.get('M')];
  assert.ok(part !== undefined && manifest !== undefined);
  const end = { method: 'DELETE', path: `/v1/vault-exports/${ID}`, headers: TICKET } as const;
  assert.ok((await from.ask(giver.apiKey, end)).status < 300);
  assert.equal((await from.ask(giver.apiKey, end)).status, 410);
  // Before the part stands how many records it has.
  assert.equal(part.readUInt32BE(0), 20);
  return { part: part.subarray(4), manifest: JSON.parse(manifest.toString()) as object };
}

async function held(): Promise<readonly number[]> {
  const { rows } = await to.test.database.pool.query<{ n: number }>(
    'select count(*)::int as n from vault.record union all select count(*)::int from vault.vault',
  );
  return rows.map(({ n }) => n);
}

test('DELETE takes an import back, over HTTP: what was brought in is gone, nothing more comes in, and others may come', async () => {
  const empty = await held();
  const { body: opened } = await ask('POST', '');
  const { body: signer } = await from.ask(from.account('asker', {}, ['vault-mover']).apiKey, {
    path: '/v1/vault-export-key',
  });
  const { part, manifest } = await exported(opened.recipient);
  const id = `/${opened.ID}`;
  const begin = (path: string) =>
    ask('PUT', `${path}/manifest`, { body: { key: signer.key, manifest, forgotten: null } });
  const bring = () =>
    ask('PUT', `${id}/parts/0`, {
      raw: part,
      headers: { ...TICKET, 'content-type': 'application/octet-stream' },
    });
  assert.equal((await begin(id)).status, 200);
  assert.ok((await bring()).status < 300);
  assert.deepEqual((await ask('GET', id)).body, { parts: 1, there: [0] });
  assert.deepEqual(await held(), [20, (empty[1] ?? 0) + 1]);
  const { vaultImports } = (await ask('GET', '')).body;
  assert.deepEqual(
    vaultImports.map((one: Record<string, unknown>) => [one['ID'], one['name'], one['there']]),
    [[opened.ID, 'crm', 1]],
  );

  const nobody = to.account('nobody');
  const path = `/v1/vault-imports${id}`;
  const others = await to.ask(nobody.apiKey, { method: 'DELETE', path, headers: TICKET });
  assert.equal(others.status, 403);
  assert.equal((await ask('DELETE', id, { headers: {} })).status, 403, 'it is for a purpose only');
  assert.equal((await held())[0], 20);

  const done = await ask('DELETE', id);
  assert.ok(done.status === 200 || done.status === 204, JSON.stringify(done.body));
  assert.deepEqual(await held(), empty);
  assert.equal((await ask('GET', id)).status, 410);
  assert.equal((await ask('DELETE', id)).status, 409);
  assert.equal((await bring()).status, 409);
  assert.equal((await begin(id)).status, 409);
  assert.equal((await ask('POST', `${id}/finish`)).status, 409);
  assert.equal((await ask('DELETE', '/imp_01k9v7mz3e8q2f6h4j5n7p9r1s')).status, 404);
  const leaf = (await to.test.leaves()).at(-1)?.leaf;
  assert.ok(leaf?.kind === 'vault-import-abandoned');
  assert.deepEqual([leaf.import, leaf.reason, leaf.records], [opened.ID, 'asked', 20]);

  // Four may be open at once, and this one is none of them.
  for (let i = 0; i < 4; i += 1) assert.equal((await ask('POST', '')).status, 201);
  assert.equal((await ask('POST', '')).status, 429);
});
