/**
 * Requests as Skyflow's v2 SDK (2.1.1) sends them, byte for byte in path, headers and body, recorded from a build of its
 * source: the package itself is not in the npm registry (docs/tasks/migrate-from-skyflow.md says how to run it against Privet).
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../test/vault/api.ts';
import type { Answer, Asked, TestAccount, TestApi } from '../../../test/vault/api.ts';

const FERN = {
  'x-fern-language': 'JavaScript',
  'x-fern-sdk-name': 'skyflow',
  'x-fern-sdk-version': '1.0.21',
  'x-fern-runtime': 'node',
  'x-fern-runtime-version': '24.0.0',
  'user-agent': 'skyflow/1.0.21',
  'sky-metadata': '{"sdk_name_version":"skyflow-node@2.1.1","sdk_runtime_details":"Node@v24.0.0"}',
};
/** What `clusterId: "localhost:7081/any"` makes of every address. */
const PREFIX = '/any.vault.skyflowapis.com';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let base: string;

before(async () => {
  cluster = await startTestCluster();
  const uuid = { shape: { kind: 'uuid' }, deterministic: true } as const;
  const columns = [
    { name: 'email', type: 'string' as const, unique: true, tokens: [uuid] },
    { name: 'age', type: 'int32' as const },
    { name: 'scan', type: 'file' as const },
  ];
  api = await openTestApi(cluster, { name: 'crm', tables: [{ name: 'persons', columns }] });
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
  base = `${PREFIX}/v1/vaults/${api.schema.id}`;
});

after(async () => {
  await api.close();
  await cluster.stop();
});

async function send(call: Asked, status = 200): Promise<Answer['body']> {
  const answer = await api.ask(owner.apiKey, { ...call, headers: { ...FERN, ...call.headers } });
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(String(answer.headers['x-request-id']), /^req_/u);
  return answer.body;
}

const insert = (body: object): Asked => ({ method: 'POST', path: `${base}/persons`, body });
const email = (n: number) => `v2-${n}@example.invalid`;

it('asks for a bearer with an empty `Authorization`', async () => {
  const { status, body } = await api.ask(null, {
    method: 'POST',
    path: `${PREFIX}/v1/auth/sa/oauth/token`,
    headers: { ...FERN, authorization: 'Bearer' },
    body: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: owner.assertion({ ctx: { role: 'admin' } }),
      scope: '',
    },
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ['accessToken', 'tokenType']);
});

it('inserts: homogeneous, with upsert, and with tokens of its own in each way', async () => {
  const rows = [{ fields: { email: email(1), age: 1 } }, { fields: { email: email(2), age: 2 } }];
  const made = await send(
    insert({ records: rows, tokenization: true, homogeneous: true, byot: 'DISABLE' }),
  );
  assert.equal(made.records.length, 2);
  const again = await send(insert({ records: rows.slice(0, 1), upsert: 'email', byot: 'DISABLE' }));
  assert.equal(again.records[0].skyflow_id, made.records[0].skyflow_id);
  assert.equal(again.records[0].tokens, null);
  const own = [{ fields: { email: email(3) }, tokens: { email: 'own-3' } }];
  await send(insert({ records: own, byot: 'DISABLE' }), 400);
  const kept = await send(insert({ records: own, tokenization: true, byot: 'ENABLE' }));
  assert.deepEqual(kept.records[0].tokens, { email: 'own-3' });
  const lacking = [{ fields: { email: email(4) } }];
  await send(insert({ records: lacking, byot: 'ENABLE_STRICT' }), 400);
});

it('inserts with continueOnError in a batch, and reads `Status` of each row', async () => {
  const row = (fields: object) => ({
    fields,
    tableName: 'persons',
    tokenization: true,
    method: 'POST',
  });
  const records = [row({ email: email(5) }), row({ email: email(5) })];
  const body = { records, continueOnError: true, byot: 'DISABLE' };
  const { responses } = await send({ method: 'POST', path: base, body });
  assert.deepEqual(
    responses.map((one: { Status: number }) => one.Status),
    [200, 409],
  );
  assert.ok(responses[0].Body.records[0].tokens.email);
  assert.equal(typeof responses[1].Body.error, 'string');
});

it('gets with every key of the query, empty ones included', async () => {
  const query =
    'redaction=PLAIN_TEXT&tokenization=false&fields=email&offset=1&limit=2&downloadURL=false&column_name=&order_by=ASCENDING';
  const page = await send({ path: `${base}/persons?${query}` });
  assert.equal(page.records.length, 2);
  assert.deepEqual(Object.keys(page.records[0].fields), ['skyflow_id', 'email']);
  const first = await send({ path: `${base}/persons?limit=1&order_by=ASCENDING` });
  const last = await send({ path: `${base}/persons?limit=1&order_by=DESCENDING` });
  assert.notDeepEqual(first, last);
  const values = `column_name=email&column_values=${encodeURIComponent(email(1))}&column_values=${encodeURIComponent(email(2))}`;
  assert.equal(
    (await send({ path: `${base}/persons?${values}&redaction=DEFAULT` })).records.length,
    2,
  );
});

it('updates with `byot: DISABLE`, tokens null or absent', async () => {
  const { records } = await send({ path: `${base}/persons?limit=1` });
  const path = `${base}/persons/${records[0].fields.skyflow_id}`;
  const body = {
    record: { fields: { age: 40 }, tokens: null },
    tokenization: false,
    byot: 'DISABLE',
  };
  const updated = await send({ method: 'PUT', path, body });
  assert.deepEqual(updated, { skyflow_id: records[0].fields.skyflow_id, tokens: null });
});

it('detokenizes all tokens in one call, DEFAULT by default, with errors beside values', async () => {
  const made = await send(
    insert({ records: [{ fields: { email: email(6) } }], tokenization: true }),
  );
  const token = made.records[0].tokens.email;
  const call = (tokens: readonly object[]): Asked => ({
    method: 'POST',
    path: `${base}/detokenize`,
    body: { detokenizationParameters: tokens, continueOnError: true, downloadURL: false },
  });
  const { records } = await send(
    call([
      { token, redaction: 'DEFAULT' },
      { token: 'nobody', redaction: 'PLAIN_TEXT' },
    ]),
    207,
  );
  assert.deepEqual(records[0], { token, valueType: 'STRING', value: '*REDACTED*', error: null });
  assert.equal(records[1].error, 'Tokens not found for nobody');
});

it('tokenizes values by column group', async () => {
  const body = { tokenizationParameters: [{ value: email(6), columnGroup: 'persons.email' }] };
  const { records } = await send({ method: 'POST', path: `${base}/tokenize`, body });
  assert.match(records[0].token, /^[0-9a-f-]{36}$/u);
});

it('uploads a file as the SDK builds its form, deletes it, and gives a link with `downloadURL`', async () => {
  const made = await send(insert({ records: [{ fields: { email: email(7) } }] }));
  const id: string = made.records[0].skyflow_id;
  const { 'content-type': type, raw } = await formOf([
    ['tableName', 'persons'],
    ['columnName', 'scan'],
    ['file', new File(['of ada'], 'ada.txt')],
    ['skyflowID', id],
    ['returnFileMetadata', 'false'],
  ]);
  const path = `${PREFIX}/v2/vaults/${api.schema.id}/files/upload`;
  const uploaded = await send({ method: 'POST', path, raw, headers: { 'content-type': type } });
  assert.deepEqual(uploaded, { skyflowID: id, fileMetadata: null });
  const { records } = await send({
    path: `${base}/persons?skyflow_ids=${id}&redaction=PLAIN_TEXT&downloadURL=true&column_name=`,
  });
  const { pathname, search } = new URL(records[0].fields.scan);
  const got = await api.server.inject({ url: `${pathname}${search}` });
  assert.equal(got.body, 'of ada');
  // The generated client puts the file before the field that says where it goes.
  const late = await formOf([
    ['file', new File(['of bo'], 'bo.txt')],
    ['columnName', 'scan'],
  ]);
  const answer = await send({
    method: 'POST',
    path: `${base}/persons/${id}/files`,
    raw: late.raw,
    headers: { 'content-type': late['content-type'] },
  });
  assert.deepEqual(answer, { skyflow_id: id, tokens: null });
  const gone = await send({ method: 'DELETE', path: `${base}/persons/${id}/files/scan` });
  assert.deepEqual(gone, { skyflow_id: id, deleted: true });
});

async function formOf(parts: readonly (readonly [string, string | File])[]) {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  const encoded = new Response(form);
  const raw = Buffer.from(await encoded.arrayBuffer());
  return { 'content-type': encoded.headers.get('content-type') ?? '', raw };
}

it('deletes many, and all', async () => {
  const { records } = await send({ path: `${base}/persons?limit=2` });
  const ids = records.map((one: { fields: { skyflow_id: string } }) => one.fields.skyflow_id);
  const some = await send({
    method: 'DELETE',
    path: `${base}/persons`,
    body: { skyflow_ids: ids },
  });
  assert.deepEqual(some.RecordIDResponse, ids);
  const all = await send({
    method: 'DELETE',
    path: `${base}/persons`,
    body: { skyflow_ids: ['*'] },
  });
  assert.ok(all.RecordIDResponse.length > 0);
  assert.deepEqual((await send({ path: `${base}/persons` })).records, []);
});
