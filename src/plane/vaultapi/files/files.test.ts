import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { TestAccount, TestApi } from '../../../../test/vault/api.ts';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;
let support: TestAccount;
let vault: string;
let record: string;
let port: number;

const COLUMNS = [
  { name: 'email', type: 'string' as const },
  { name: 'scan', type: 'file' as const, fileTypes: ['text/plain', 'application/pdf'] },
];
const POLICIES = `
apiVersion: privet/v1
kind: VaultPolicy
name: support-reads
vault: crm
roles: [support]
rules:
  - ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT
  - ALLOW READ ON persons.scan WITH REDACTION = REDACTED
`;

before(async () => {
  cluster = await startTestCluster();
  api = await openTestApi(cluster, {
    name: 'crm',
    tables: [{ name: 'persons', columns: COLUMNS }],
  });
  vault = `/v1/vaults/${api.schema.id}`;
  [owner, support] = [api.account('owner'), api.account('support')];
  api.role('VAULT_OWNER', [owner]);
  api.role('support', [support]);
  api.govern({ policies: POLICIES });
  record = await insert();
  await api.server.listen({ port: 0, host: '127.0.0.1' });
  ({ port } = api.server.server.address() as AddressInfo);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

const TEXT = 'a line of a file\n'.repeat(20_000);
const BOUNDARY = 'xxFORMxx';
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
type Part = readonly [name: string, content: string, fileName?: string];

function form(...parts: readonly Part[]): string {
  const each = parts.map(([name, content, fileName]) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
  });
  return `${each.join('')}--${BOUNDARY}--\r\n`;
}

async function insert(): Promise<string> {
  const body = { records: [{ fields: { email: 'ada@example.invalid' } }] };
  const answer = await api.ask(owner.apiKey, { method: 'POST', path: `${vault}/persons`, body });
  return answer.body.records[0].skyflow_id;
}

const send = (path: string, raw: string, account = owner) =>
  api.ask(account.apiKey, { method: 'POST', path, raw, headers: FORM });
const upload = (...parts: readonly Part[]) =>
  send(`${vault}/persons/${record}/files`, form(...parts));
const bytesOf = async (path: string, account: TestAccount | null = owner) => {
  const authorization = account === null ? {} : { authorization: `Bearer ${account.apiKey}` };
  return api.server.inject({ url: path, headers: { host: 'vault.example', ...authorization } });
};
const filePath = () => `${vault}/persons/${record}/files/scan`;

async function blobs(): Promise<number> {
  let count = 0;
  for await (const _ of api.test.blobs.list('files/')) count += 1;
  return count;
}

describe('files', () => {
  it('come back as they went in, whichever way the form is ordered, and are typed by content', async () => {
    for (const parts of [
      [
        ['columnName', 'scan'],
        ['file', TEXT, 'liés.txt'],
      ],
      [
        ['file', TEXT, 'liés.txt'],
        ['columnName', 'scan'],
      ],
    ] as const) {
      const { status, body } = await upload(...parts);
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(body, { skyflow_id: record, tokens: null });
      const got = await bytesOf(filePath());
      assert.equal(got.statusCode, 200);
      assert.ok(got.body === TEXT);
      assert.equal(got.headers['content-type'], 'text/plain');
      assert.equal(got.headers['x-content-type-options'], 'nosniff');
      assert.match(
        String(got.headers['content-disposition']),
        /^attachment; .*UTF-8''li%C3%A9s\.txt$/u,
      );
    }
    assert.equal(await blobs(), 1);
  });

  it('go into a new record when no record is named (v2), with what is known of them', async () => {
    const path = `/v2/vaults/${api.schema.id}/files/upload`;
    const parts: Part[] = [
      ['tableName', 'persons'],
      ['columnName', 'scan'],
      ['file', '%PDF-1.7 x', 'a.pdf'],
      ['returnFileMetadata', 'true'],
    ];
    const made = await send(path, form(...parts));
    assert.equal(made.status, 200, JSON.stringify(made.body));
    assert.notEqual(made.body.skyflowID, record);
    const about = { name: 'a.pdf', type: 'application/pdf', sizeBytes: 10, version: 1 };
    assert.deepEqual(made.body.fileMetadata, about);
    const again = await send(path, form(['skyflowID', made.body.skyflowID], ...parts.slice(0, 3)));
    assert.deepEqual(again.body, { skyflowID: made.body.skyflowID, fileMetadata: null });
    const got = await bytesOf(`${vault}/persons/${made.body.skyflowID}/files/scan`);
    assert.equal(got.body, '%PDF-1.7 x');
  });

  it('are linked, by a call or with `downloadURL`; a link needs nobody and ends', async () => {
    const link = await api.ask(owner.apiKey, {
      method: 'POST',
      path: `${filePath()}/link`,
      body: { ttlSeconds: 60 },
    });
    const get = await api.ask(owner.apiKey, {
      path: `${vault}/persons?skyflow_ids=${record}&downloadURL=true&redaction=PLAIN_TEXT`,
    });
    const urls = [link.body.url, get.body.records[0].fields.scan].map(
      (url: string) => new URL(url),
    );
    for (const { host, pathname, search } of urls) {
      assert.equal(host, 'vault.example');
      assert.ok((await bytesOf(pathname + search, null)).body === TEXT);
      const bad = `${search.slice(0, -4)}AAAA`;
      assert.equal((await bytesOf(pathname + bad, null)).statusCode, 404);
    }
    const [first] = urls;
    api.test.clock.advance(61_000);
    assert.equal((await bytesOf(`${first?.pathname}${first?.search}`, null)).statusCode, 401);
    assert.equal((await bytesOf(`${vault}/files?link=x`, null)).statusCode, 404);
    const tooLong = {
      method: 'POST',
      path: `${filePath()}/link`,
      body: { ttlSeconds: 3_601 },
    } as const;
    assert.equal((await api.ask(owner.apiKey, tooLong)).status, 400);
  });

  it('are linked by the address of the plane, whatever the caller calls it', async () => {
    const link = { method: 'POST', path: `${filePath()}/link`, body: {} } as const;
    const made = await api.ask(owner.apiKey, { ...link, headers: { host: 'evil.example' } });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    assert.equal(new URL(made.body.url).host, 'vault.example');
  });

  it('are behind a link as long as it is the same file and its maker may see it, and nothing else is told', async () => {
    const maker = api.account('maker');
    api.role('VAULT_OWNER', [maker]);
    const record = await insert();
    const at = `${vault}/persons/${record}/files`;
    const put = (text: string) => send(at, form(['columnName', 'scan'], ['file', text, 'a.txt']));
    const link = async () => {
      const call = { method: 'POST', path: `${at}/scan/link`, body: {} } as const;
      const { pathname, search } = new URL((await api.ask(maker.apiKey, call)).body.url);
      return pathname + search;
    };
    const follow = async (path: string) => {
      const { statusCode, body } = await bytesOf(path, null);
      return [statusCode, statusCode === 200 ? body : JSON.parse(body).error.message] as const;
    };
    await put('one');
    const first = await link();
    assert.deepEqual(await follow(first), [200, 'one']);
    await put('two');
    assert.equal((await follow(first))[0], 410);
    const second = await link();
    assert.deepEqual(await follow(second), [200, 'two']);

    api.govern({ stale: true });
    assert.equal((await follow(second))[0], 503);
    api.govern({ stale: false });
    const deny = `---
apiVersion: privet/v1
kind: VaultPolicy
name: no-scans
vault: crm
roles: [VAULT_OWNER]
rules:
  - DENY READ ON persons.scan
`;
    api.govern({ policies: POLICIES + deny });
    const refusals = async () =>
      (await api.test.leaves()).filter(
        ({ leaf }) => leaf.kind === 'access-refused' && leaf.operation === 'openFileLink',
      );
    const [status, message] = await follow(second);
    assert.equal(status, 403);
    assert.match(message, /^whoever made this link may not see the file any more/u);
    assert.equal((await refusals()).length, 1);
    api.govern({ policies: POLICIES });
    assert.deepEqual(await follow(second), [200, 'two']);

    const unknown = second.replace(/vlt_[^/]*/u, 'vlt_00000000000000000000000000');
    const answers = [unknown, `${vault}/files?link=x.y`, `${vault}/files?link=${'A'.repeat(90)}`];
    const told = await Promise.all(answers.map(follow));
    assert.deepEqual(new Set(told.map(([code]) => code)), new Set([404]));
    const texts = new Set(told.map(([, text]) => text.replace(/\s*-?\s*request-?id.*$/iu, '')));
    assert.equal(texts.size, 1, [...texts].join(' | '));
  });

  it('that come before their fields are held for whoever may write, and for one account two at once', async () => {
    const path = `/v2/vaults/${api.schema.id}/files/upload`;
    const drip = (account: TestAccount) => {
      const call = httpsRequest({
        port,
        method: 'POST',
        path,
        agent: false,
        rejectUnauthorized: false,
        headers: {
          ...FORM,
          authorization: `Bearer ${account.apiKey}`,
          'content-length': 1_000_000,
        },
      });
      call.on('error', () => undefined);
      call.write(form(['file', 'y'.repeat(1_000), 'a.txt']).slice(0, 600));
      return call;
    };
    const refused = drip(support);
    const [answer] = (await once(refused, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 403);
    refused.destroy();

    const raw = form(['file', 'x', 'a.txt'], ['tableName', 'persons'], ['columnName', 'scan']);
    const statusOf = async (account: TestAccount) => (await send(path, raw, account)).status;
    const calls: ReturnType<typeof drip>[] = [];
    const reaches = async (status: number, before: () => unknown) => {
      let last = 0;
      for (let i = 0; i < 100 && last !== status; i += 1) {
        before();
        await sleep(50);
        last = await statusOf(owner);
      }
      assert.equal(last, status);
    };
    try {
      // Some come while an upload of the loop itself has a place, and are refused.
      await reaches(429, () => calls.push(drip(owner)));
      const other = api.account('other');
      api.role('VAULT_OWNER', [other]);
      assert.equal(await statusOf(other), 200);
    } finally {
      for (const call of calls) call.destroy();
    }
    await reaches(200, () => undefined);
  });

  it('are not given to whom policy shows less, nor linked, nor taken from whom it does not let write', async () => {
    assert.equal((await bytesOf(filePath(), support)).statusCode, 403);
    const link = { method: 'POST', path: `${filePath()}/link`, body: {} } as const;
    assert.equal((await api.ask(support.apiKey, link)).status, 403);
    const raw = form(['columnName', 'scan'], ['file', 'x', 'a.txt']);
    const path = `${vault}/persons/${record}/files`;
    const refused = await send(path, raw, support);
    assert.equal(refused.status, 403, JSON.stringify(refused));
    const gone = await api.ask(support.apiKey, { method: 'DELETE', path: filePath() });
    assert.equal(gone.status, 403);
  });

  it('are refused in every other form, and nothing stays of them', async () => {
    const before = await blobs();
    const path = `${vault}/persons/${record}/files`;
    const file: Part = ['file', 'x', 'a.txt'];
    const column: Part = ['columnName', 'scan'];
    const cases: readonly (readonly [number, string, string])[] = [
      [400, path, form(column)],
      [400, path, form(file)],
      [400, path, form(['columnName', 'email'], file)],
      [404, path, form(['columnName', 'nothing'], file)],
      [400, path, form(column, ['file', '\u{0}\u{1}', 'a.txt'])],
      [400, path, form(column, ['file', 'x', 'a'.repeat(300)])],
      [400, path, form(column, file).slice(0, -30)],
      [400, path, 'no form at all'],
      [400, path, ''],
      [404, `${vault}/persons/none/files`, form(column, file)],
      [404, `${vault}/persons/0190a0c0-0000-7000-8000-000000000000/files`, form(column, file)],
      [404, `${vault}/nothing/${record}/files`, form(column, file)],
    ];
    for (const [status, to, raw] of cases) {
      const answer = await send(to, raw);
      assert.equal(answer.status, status, `${raw.slice(0, 200)}: ${JSON.stringify(answer.body)}`);
    }
    const two = await send(path, form(column, file, file));
    assert.equal(two.status, 400, JSON.stringify(two.body));
    assert.ok((await bytesOf(filePath())).body === TEXT);
    const json = await api.ask(owner.apiKey, { method: 'POST', path, body: {} });
    assert.equal(json.status, 422);
    assert.equal((await bytesOf(`${vault}/persons/none/files/scan`)).statusCode, 404);
    assert.ok((await blobs()) <= before);
  });

  it('leave nothing behind when the caller goes away in the middle', async () => {
    const before = await blobs();
    const head = form(['columnName', 'scan'], ['file', 'y'.repeat(100_000), 'a.txt']);
    const call = httpsRequest({
      port,
      method: 'POST',
      path: `${vault}/persons/${record}/files`,
      rejectUnauthorized: false,
      headers: { ...FORM, authorization: `Bearer ${owner.apiKey}`, 'content-length': 10_000_000 },
    });
    call.on('error', () => undefined);
    call.write(head.slice(0, 90_000));
    const noted = async () =>
      (await api.test.database.pool.query('select key from vault.trash')).rows.length;
    for (let i = 0; i < 200 && (await noted()) === 0; i += 1) await sleep(25);
    assert.equal(await noted(), 1);
    call.destroy();
    for (let i = 0; i < 200 && (await noted()) > 0; i += 1) await sleep(25);
    assert.equal(await noted(), 0);
    assert.equal(await blobs(), before);
    assert.ok((await bytesOf(filePath())).body === TEXT);
  });

  it('are deleted, and the record stays', async () => {
    const gone = await api.ask(owner.apiKey, { method: 'DELETE', path: filePath() });
    assert.deepEqual(gone.body, { skyflow_id: record, deleted: true });
    assert.equal((await bytesOf(filePath())).statusCode, 404);
    const got = await api.ask(owner.apiKey, {
      path: `${vault}/persons/${record}?redaction=PLAIN_TEXT`,
    });
    assert.equal(got.body.fields.email, 'ada@example.invalid');
  });
});
