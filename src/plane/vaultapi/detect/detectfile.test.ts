/** Files de-identified as Skyflow's v2 SDK (2.1.1) asks for it, and what came of them fetched by its poller. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { Answer, TestAccount, TestApi } from '../../../../test/vault/api.ts';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;

before(async () => {
  cluster = await startTestCluster();
  const columns = [{ name: 'ssn_entity', type: 'string' as const }];
  api = await openTestApi(cluster, { name: 'texts', tables: [{ name: 'found', columns }] });
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

/** The body the SDK builds: what was not set is left out by JSON. */
async function send(path: string, text: string | Buffer, more: object = {}): Promise<Answer> {
  const ending = path.endsWith('text') && !path.includes('structured') ? 'txt' : 'json';
  const body = {
    vault_id: api.schema.id,
    file: { base64: Buffer.from(text).toString('base64'), data_format: ending },
    entity_types: ['ssn', 'email_address', 'phone_number', 'credit_card'],
    token_type: { default: 'entity_unq_counter' },
    transformations: { shift_dates: {} },
    ...more,
  };
  return api.ask(owner.apiKey, { method: 'POST', path: `/v1/detect/deidentify/file${path}`, body });
}

const fetchRun = (id: string, by: TestAccount = owner) =>
  api.ask(by.apiKey, { path: `/v1/detect/runs/${id}?vault_id=${api.schema.id}` });

/** The processed file, as `parseDeidentifyFileResponse` of the SDK reads it. */
async function processed(path: string, text: string, more: object = {}): Promise<string> {
  const { status, body } = await send(path, text, more);
  assert.equal(status, 200, JSON.stringify(body));
  const run = await fetchRun(body.run_id);
  assert.equal(run.body.status, 'SUCCESS');
  return Buffer.from(run.body.output[0].processedFile, 'base64').toString();
}

const csv = (text: string) => ({
  base64: Buffer.from(text).toString('base64'),
  data_format: 'csv',
});

describe('deidentify/file', () => {
  it('runs, and answers the poller in both spellings', async () => {
    const { body } = await send('/text', 'ada@example.com and ada@example.com\n');
    assert.deepEqual(Object.keys(body), ['run_id']);
    const { body: run } = await fetchRun(body.run_id);
    const [{ processedFile, processed_file: same, ...file }] = run.output;
    assert.equal(
      Buffer.from(same, 'base64').toString(),
      '[EMAIL_ADDRESS_1] and [EMAIL_ADDRESS_1]\n',
    );
    assert.equal(processedFile, same);
    assert.deepEqual(file, {
      processed_file_type: 'redacted_file',
      processedFileType: 'redacted_file',
      processed_file_extension: 'txt',
      processedFileExtension: 'txt',
    });
    assert.deepEqual(run.wordCharacterCount, { wordCount: 3, characterCount: 36 });
    assert.deepEqual(
      [run.outputType, run.output_type, run.runId],
      ['base64', 'base64', body.run_id],
    );
  });

  it('keeps rows and cells of CSV, takes names of columns into account, numbers over the whole file', async () => {
    const text =
      'id,Home Phone,note\r\n1,60-56-85-91,"a@example.com, ""b"""\r\n2,,a@example.com\r\n3,"",60-56-85-91\r\n';
    assert.equal(
      await processed('/spreadsheet', '', { file: csv(text) }),
      'id,Home Phone,note\r\n1,[PHONE_NUMBER_1],"[EMAIL_ADDRESS_1], ""b"""\r\n2,,[EMAIL_ADDRESS_1]\r\n3,"",60-56-85-91\r\n',
    );
    const names = await processed('/spreadsheet', '', { file: csv('a@example.com,x\r\n1,2\r\n') });
    assert.equal(names, '[EMAIL_ADDRESS_1],x\r\n1,2\r\n');
  });

  it('keeps what JSON says, numbers to the last digit, and finds things in numbers and names', async () => {
    const text =
      '{"user":{"ssnNumber":123456789,"big":12345678901234567890.10,"to":["a@example.com",null,true]},"b@example.com":1,"pan":4111111111111111}';
    assert.equal(
      await processed('/structured_text', text),
      '{"user":{"ssnNumber":"[SSN_1]","big":12345678901234567890.10,"to":["[EMAIL_ADDRESS_1]",null,true]},"[EMAIL_ADDRESS_2]":1,"pan":"[CREDIT_CARD_1]"}',
    );
    const clash = await send('/structured_text', '{"a@example.com":1,"b@example.com":2}', {
      token_type: { default: 'entity_only' },
    });
    assert.equal(clash.status, 400);
  });

  it('finds what the name of a column or a field says', async () => {
    const more = { entity_types: ['password', 'username'] };
    assert.equal(
      await processed(
        '/structured_text',
        '{"password":"hunter2!","list":[{"userName":"bob"}],"passwords":1}',
        more,
      ),
      '{"password":"[PASSWORD_1]","list":[{"userName":"[USERNAME_1]"}],"passwords":1}',
    );
    const rows = csv('login,db_password\r\nbob,hunter2!\r\n');
    const shown = await processed('/spreadsheet', '', { ...more, file: rows });
    assert.equal(shown, 'login,db_password\r\n[USERNAME_1],[PASSWORD_1]\r\n');
  });

  it('keeps no more than there is room for', async () => {
    const other = api.account('many');
    api.role('VAULT_OWNER', [other]);
    await api.test.query(
      "INSERT INTO vault.detect_run VALUES ('run_large', 1, $1, convert_to(repeat('x', 64 * 1024 * 1024), 'UTF8'), now() + interval '100 years')",
      [other.id],
    );
    const body = {
      vault_id: api.schema.id,
      file: { base64: 'eHh4eA==', data_format: 'txt' },
      entity_types: ['ssn'],
    };
    const path = '/v1/detect/deidentify/file/text';
    assert.equal((await api.ask(other.apiKey, { method: 'POST', path, body })).status, 429);
    assert.equal((await api.ask(owner.apiKey, { method: 'POST', path, body })).status, 200);
    await api.test.query("DELETE FROM vault.detect_run WHERE id = 'run_large'");
  });

  it('refuses what is no such file, and formats that are not built', async () => {
    for (const [path, text, more] of [
      ['/text', Buffer.from([0xff, 0xfe]), {}],
      ['/structured_text', '{"ssn":"123-45-6789"', {}],
      ['/structured_text', '{"__proto__":"123-45-6789"}', {}],
      ['/structured_text', `${'['.repeat(70)}${']'.repeat(70)}`, {}],
      ['/spreadsheet', '', { file: csv('a,b\r\n123-45-6789\r\n') }],
      ['/spreadsheet', '', { file: csv('a,"b\r\n') }],
      ['/text', '', { file: { base64: '!!!', data_format: 'txt' } }],
      ['/text', '', {}],
    ] as const) {
      const { status, body } = await send(path, text, more);
      assert.equal(status, 400, JSON.stringify(body));
      assert.ok(!JSON.stringify(body).includes('6789'));
    }
    for (const [path, format] of [
      ['/document/pdf', 'pdf'],
      ['/image', 'png'],
      ['/audio', 'mp3'],
      ['/document', 'docx'],
      ['/presentation', 'pptx'],
      ['/spreadsheet', 'xlsx'],
      ['/structured_text', 'xml'],
      ['', 'dcm'],
    ] as const) {
      const { status, body } = await send(path, '', {
        file: { base64: 'AAAA', data_format: format },
      });
      assert.equal(status, 422, JSON.stringify(body));
      assert.match(body.error.message, /txt, csv, json/u);
    }
    const tokens = await send('/text', 'x', { token_type: { default: 'vault_token' } });
    assert.equal(tokens.status, 422);
    assert.equal((await send('/text', 'x', { entity_types: ['name'] })).status, 422);
  });

  it('belongs to who sent it, for a quarter of an hour, and lies sealed', async () => {
    const { body } = await send('/text', 'a@example.com wrote of marzipan');
    const other = api.account('other');
    api.role('VAULT_OWNER', [other]);
    assert.equal((await fetchRun(body.run_id, other)).status, 404);
    const { rows } = await api.test.query('SELECT sealed FROM vault.detect_run');
    assert.ok(rows.every(({ sealed }) => !Buffer.from(sealed).includes('marzipan')));
    assert.ok(
      rows.every(
        ({ sealed }) => !Buffer.from(sealed).includes(Buffer.from('marzipan').toString('base64')),
      ),
    );
    api.test.clock.advance(16 * 60 * 1_000);
    assert.equal((await fetchRun(body.run_id)).status, 404);
    await send('/text', 'x');
    assert.equal((await api.test.query('SELECT id FROM vault.detect_run')).rows.length, 1);
    assert.equal((await fetchRun('run_unknown')).status, 404);
  });

  it('writes a leaf with counts and nothing of the file', async () => {
    await send('/text', 'marzipan a@example.com 123-45-6789 123-45-6789');
    const leaves = await api.test.leaves();
    const [last] = leaves
      .flatMap(({ leaf }) => (leaf.kind === 'text-deidentified' ? [leaf] : []))
      .slice(-1);
    assert.deepEqual(
      [last?.source, last?.replaced],
      [
        'file',
        [
          { entity: 'email_address', by: 'counter', values: 1 },
          { entity: 'ssn', by: 'counter', values: 2 },
        ],
      ],
    );
    assert.ok(!JSON.stringify(leaves).includes('marzipan'));
  });

  it('works larger files off in a thread of their own, faults included', async () => {
    const line = 'ada@example.com wrote, and 123-45-6789 read\n';
    const text = await processed('/text', line.repeat(2_000));
    assert.equal(text, '[EMAIL_ADDRESS_1] wrote, and [SSN_1] read\n'.repeat(2_000));
    const broken = await send('/structured_text', '['.repeat(20_000));
    assert.equal(broken.status, 400);
    assert.match(broken.body.error.message, /expected JSON/u);
  });

  it('moves dates of a whole file by the same days', async () => {
    const more = {
      entity_types: ['date'],
      transformations: { shift_dates: { min_days: 3, max_days: 3, entity_types: ['date'] } },
    };
    assert.equal(
      await processed('/text', 'from 2026-02-26 to 28.02.2026', more),
      'from 2026-03-01 to 03.03.2026',
    );
  });
});
