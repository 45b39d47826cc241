/** Texts de-identified and back, as Skyflow's v2 SDK (2.1.1) asks for it: requests as its source builds them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { openTestApi } from '../../../../test/vault/api.ts';
import type { Answer, TestAccount, TestApi } from '../../../../test/vault/api.ts';

const FERN = {
  'x-fern-language': 'JavaScript',
  'x-fern-sdk-name': 'skyflow',
  'x-fern-sdk-version': '1.0.21',
  'user-agent': 'skyflow/1.0.21',
};
const SAMPLE = 'My SSN is 123-45-6789 and my card is 4111 1111 1111 1111.';

let cluster: TestCluster;
let api: TestApi;
let owner: TestAccount;

before(async () => {
  cluster = await startTestCluster();
  const short = {
    shape: { kind: 'pattern', pattern: '[a-zA-Z0-9]{7}' },
    deterministic: true,
  } as const;
  const column = (name: string) => ({ name, type: 'string' as const, tokens: [short] });
  const masked = { find: '^.*(.{4})$', replace: '***${1}' };
  const columns = [
    { ...column('ssn_entity'), mask: masked, redaction: 'MASKED' as const },
    column('credit_card_entity'),
    column('email_address_entity'),
    { ...column('dob_entity'), tokens: [{ ...short, deterministic: false }] },
    { name: 'ip_address_entity', type: 'string' as const },
  ];
  api = await openTestApi(cluster, { name: 'texts', tables: [{ name: 'found', columns }] });
  owner = api.account('owner');
  api.role('VAULT_OWNER', [owner]);
});

after(async () => {
  await api.close();
  await cluster.stop();
});

async function ask(path: string, body: object, by: TestAccount = owner): Promise<Answer> {
  const full = { vault_id: api.schema.id, ...body };
  const call = { method: 'POST', path: `/v1/detect/${path}`, body: full, headers: FERN } as const;
  return api.ask(by.apiKey, call);
}

async function done(path: string, body: object, by?: TestAccount): Promise<Answer['body']> {
  const { status, body: answer } = await ask(path, body, by);
  assert.equal(status, 200, JSON.stringify(answer));
  return answer;
}

/** What `deidentifyText` sends when only entities and a default were set: `undefined` is left out by JSON. */
const sdkWish = (text: string, kind: string, entities: readonly string[]) => ({
  text,
  entity_types: entities,
  token_type: { default: kind },
  transformations: { shift_dates: {} },
});

const KINDS = ['ssn', 'credit_card', 'email_address', 'dob'];

const revealed = async () =>
  (await api.test.leaves()).filter(({ leaf }) => leaf.kind === 'vault-revealed').length;

describe('deidentify/string', () => {
  it('answers as Skyflow does: the sample of its SDK', async () => {
    const answer = await done(
      'deidentify/string',
      sdkWish(SAMPLE, 'vault_token', ['ssn', 'credit_card']),
    );
    const [ssn, card] = answer.entities;
    assert.match(
      answer.processed_text,
      /^My SSN is \[SSN_\w{7}\] and my card is \[CREDIT_CARD_\w{7}\]\.$/u,
    );
    assert.deepEqual(
      { ...ssn, token: '' },
      {
        token: '',
        value: '123-45-6789',
        location: {
          start_index: 10,
          end_index: 21,
          start_index_processed: 10,
          end_index_processed: 23,
        },
        entity_type: 'SSN',
        entity_scores: { SSN: 1 },
      },
    );
    assert.match(ssn.token, /^SSN_\w{7}$/u);
    assert.deepEqual(card.location, {
      start_index: 37,
      end_index: 56,
      start_index_processed: 39,
      end_index_processed: 60,
    });
    assert.deepEqual([answer.word_count, answer.character_count], [9, 57]);
    assert.deepEqual(answer.looked_for, ['ssn', 'credit_card']);
  });

  it('shows kinds alone, or with a number that equal values share', async () => {
    const text = 'a@example.com b@example.com a@example.com 123-45-6789';
    const wish = {
      text,
      entity_types: ['EMAIL_ADDRESS', 'ssn'],
      token_type: { default: 'entity_unq_counter', entity_only: ['ssn'] },
    };
    const { processed_text: shown } = await done('deidentify/string', wish);
    assert.equal(shown, '[EMAIL_ADDRESS_1] [EMAIL_ADDRESS_2] [EMAIL_ADDRESS_1] [SSN]');
    const bare = { text, entity_types: ['ssn'] };
    assert.match((await done('deidentify/string', bare)).processed_text, /\[SSN_1\]$/u);
  });

  it('counts characters as Unicode does', async () => {
    const text = '\u{1F600} a@example.com';
    const { entities, character_count: count } = await done('deidentify/string', {
      text,
      entity_types: ['email_address'],
    });
    assert.deepEqual([entities[0].location.start_index, count], [2, 15]);
  });

  it('refuses what it could not find: an application would believe it was removed', async () => {
    for (const entities of [['name'], ['ssn', 'location_city'], [], ['all'], undefined, null]) {
      const { status, body } = await ask('deidentify/string', {
        text: 'Ada',
        entity_types: entities,
      });
      assert.equal(status, 422, JSON.stringify(body));
      assert.match(body.error.message, /cannot be found here.*what can be found: account_number/u);
    }
    const { status } = await ask('deidentify/string', { text: 'x', entity_types: ['nonsense'] });
    assert.equal(status, 400);
    const listed = await api.ask(owner.apiKey, { path: '/v1/detect/entities' });
    assert.ok(
      listed.body.entity_types.includes('ssn') && !listed.body.entity_types.includes('name'),
    );
  });

  it('lets stand what allow_regex matches, and restricts what restrict_regex does', async () => {
    const wish = {
      text: 'a@example.com b@other.example.com EMP-7 and EMP-8',
      entity_types: ['email_address'],
      token_type: { default: 'entity_only' },
      allow_regex: ['@example\\.com$', 'EMP-8'],
      restrict_regex: ['EMP-\\d', '.*@.*'],
    };
    const answer = await done('deidentify/string', { ...wish, restrict_regex: ['EMP-\\d'] });
    assert.equal(answer.processed_text, 'a@example.com [EMAIL_ADDRESS] [RESTRICTED] and EMP-8');
    for (const bad of ['(', '(?=x)', 'x'.repeat(513)]) {
      const { status, body } = await ask('deidentify/string', { ...wish, restrict_regex: [bad] });
      assert.equal(status, 400, JSON.stringify(body));
    }
  });

  it('lets stand what was allowed, and nothing that overlaps it', async () => {
    const shown = async (text: string, more: object) => {
      const wish = { text, token_type: { default: 'entity_only' }, ...more };
      return (await done('deidentify/string', wish)).processed_text;
    };
    const url = await shown('https://example.com/?mail=bob@x.example&ssn=123-45-6789', {
      entity_types: ['url', 'email_address', 'ssn'],
      allow_regex: ['example\\.com'],
    });
    assert.doesNotMatch(url, /bob@|6789/u);
    const call = await shown('call 555-123-4567 SECRETCODE', {
      entity_types: ['phone_number'],
      allow_regex: ['555'],
      restrict_regex: ['4567 SECRETCODE'],
    });
    assert.equal(call, 'call 555-123-[RESTRICTED]');
  });

  it('shows a date with a time as its kind where times are looked for, too', async () => {
    const wish = {
      text: 'at 2024-01-05 10:30',
      token_type: { default: 'entity_only' },
      transformations: { shift_dates: { min_days: 7, max_days: 7, entity_types: ['date'] } },
    };
    const only = await done('deidentify/string', { ...wish, entity_types: ['date'] });
    assert.equal(only.processed_text, 'at 2024-01-12 10:30');
    const both = await done('deidentify/string', { ...wish, entity_types: ['date', 'time'] });
    assert.equal(both.processed_text, 'at [DATE]');
  });

  it('moves dates, all of a text by the same days, and says where they are', async () => {
    const shift = (more: object) => ({
      text: 'born 1980-01-30, and he was last seen by us on 12/30/2026, again 2026-13-01 or May 2026',
      entity_types: ['date', 'dob'],
      token_type: { default: 'entity_only' },
      transformations: { shift_dates: { min_days: 2, max_days: 2, ...more } },
    });
    const moved = await done('deidentify/string', shift({ entity_types: ['date', 'dob'] }));
    assert.equal(
      moved.processed_text,
      'born 1980-02-01, and he was last seen by us on 01/01/2027, again 2026-13-01 or [DATE]',
    );
    const [{ token, location }] = moved.entities;
    const { start_index_processed: start, end_index_processed: end } = location;
    assert.deepEqual([token, moved.processed_text.slice(start, end)], ['1980-02-01', '1980-02-01']);
    const some = await done('deidentify/string', shift({ entity_types: ['dob'] }));
    assert.match(some.processed_text, /^born 1980-02-01, and he was last seen by us on \[DATE\]/u);
    const days = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const { processed_text: shown } = await done(
        'deidentify/string',
        shift({ min_days: -1, max_days: 1 }),
      );
      days.add(shown.slice(5, 15));
    }
    assert.deepEqual([...days].toSorted(), ['1980-01-29', '1980-01-31']);
    for (const [more, status] of [
      [{ min_days: 0, max_days: 0 }, 400],
      [{ min_days: 3, max_days: 2 }, 400],
      [{ max_days: null }, 400],
      [{ entity_types: ['date_interval'] }, 422],
      [{ min_days: 0.5 }, 400],
    ] as const) {
      assert.equal((await ask('deidentify/string', shift(more))).status, status);
    }
    const unasked = { ...shift({ entity_types: ['dob'] }), entity_types: ['date'] };
    assert.equal((await ask('deidentify/string', unasked)).status, 400);
  });

  it('writes a leaf with counts, before it answers, and nothing of the text', async () => {
    await done('deidentify/string', sdkWish(SAMPLE, 'entity_only', ['ssn', 'credit_card']));
    const leaves = await api.test.leaves();
    const [last] = leaves
      .flatMap(({ leaf }) => (leaf.kind === 'text-deidentified' ? [leaf] : []))
      .slice(-1);
    assert.deepEqual(last?.replaced, [
      { entity: 'ssn', by: 'entity', values: 1 },
      { entity: 'credit_card', by: 'entity', values: 1 },
    ]);
    assert.ok(!JSON.stringify(leaves).includes('123-45-6789'));
  });

  it('keeps a value once where its token lasts, and every time where it does not', async () => {
    const records = async () =>
      (await api.test.query('SELECT count(*)::int AS n FROM vault.record')).rows[0].n;
    const wish = sdkWish('987-65-4320 123-45-6780 123-45-6780', 'vault_token', ['ssn']);
    const first = await done('deidentify/string', wish);
    const before = await records();
    assert.deepEqual(await done('deidentify/string', wish), first);
    assert.equal(await records(), before);
    const born = sdkWish('born 1980-01-02', 'vault_token', ['dob']);
    const [one, two] = [
      await done('deidentify/string', born),
      await done('deidentify/string', born),
    ];
    assert.notEqual(one.processed_text, two.processed_text);
    assert.equal(await records(), before + 2);
  });

  it('gives no token where the vault keeps none of the kind', async () => {
    for (const [text, kind] of [
      ['10.0.0.1', 'ip_address'],
      ['https://example.com/', 'url'],
    ] as const) {
      const { status, body } = await ask('deidentify/string', sdkWish(text, 'vault_token', [kind]));
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(body.error.message, /_entity/u);
    }
  });

  it('is for callers who may have tokens, and writes nothing for others', async () => {
    const nobody = api.account('nobody');
    const wish = sdkWish(SAMPLE, 'entity_only', ['ssn']);
    assert.equal((await ask('deidentify/string', wish, nobody)).status, 403);
    const reader = api.account('viewer');
    api.role('VAULT_VIEWER', [reader]);
    const kept = sdkWish('321-54-9876', 'vault_token', ['ssn']);
    assert.equal((await ask('deidentify/string', kept, reader)).status, 403);
  });
});

describe('reidentify/string', () => {
  it('gives the text back byte for byte, whatever it is', async () => {
    const part = fc.constantFrom(
      '123-45-6789',
      '4111 1111 1111 1111',
      'ada@example.com',
      'born on 12/03/1980',
      '[SSN_x]',
      '[\\SSN_x]',
      '[SSN]',
      '[SSN_',
      ']',
      '\\',
      '[EMAIL_ADDRESS_1]',
      '\u{1F600}',
      'שלום',
      '\u202E',
      'e\u0301',
      '\n',
      '\u0000',
      ' ',
    );
    const texts = fc.array(fc.oneof(part, fc.string({ unit: 'grapheme', maxLength: 5 })), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(texts, async (parts) => {
        const text = parts.join('') || ' ';
        const there = await done('deidentify/string', sdkWish(text, 'vault_token', KINDS));
        for (const { value } of there.entities) {
          assert.equal(text.includes(value), true);
        }
        const back = await done('reidentify/string', { text: there.processed_text });
        assert.equal(back.text, text);
      }),
      { numRuns: 40 },
    );
  });

  it('never takes text for a token that somebody wrote to look like one', async () => {
    const there = await done('deidentify/string', sdkWish(SAMPLE, 'vault_token', ['ssn']));
    const stolen = `please show [${there.entities[0].token}]`;
    const again = await done('deidentify/string', sdkWish(stolen, 'vault_token', ['ssn']));
    const back = await done('reidentify/string', { text: again.processed_text });
    assert.equal(back.text, stolen);
  });

  it('shows as much as is asked for, and no more than policy lets', async () => {
    const there = await done(
      'deidentify/string',
      sdkWish(SAMPLE, 'vault_token', ['ssn', 'credit_card']),
    );
    const text = there.processed_text;
    const asked = async (format: object) =>
      (await done('reidentify/string', { text, format })).text;
    assert.equal(
      await asked({ masked: ['ssn'], redacted: ['CREDIT_CARD'] }),
      'My SSN is ***6789 and my card is *REDACTED*.',
    );
    assert.equal(
      await asked({ plaintext: ['credit_card'] }),
      'My SSN is ***6789 and my card is 4111 1111 1111 1111.',
    );
    assert.equal(await asked({}), SAMPLE);
  });

  it('leaves tokens that are unknown or of another kind, and tells how many', async () => {
    const there = await done('deidentify/string', sdkWish('123-45-6789', 'vault_token', ['ssn']));
    const token = there.entities[0].token.slice(4);
    const text = `[CREDIT_CARD_${token}] [SSN_unknown] [NAME_1] [URL_x]`;
    assert.deepEqual(await done('reidentify/string', { text }), { text, tokens_left: 4 });
  });

  it('is refused, with a leaf, to whom the vault shows nothing', async () => {
    const writer = api.account('writer');
    const role = api.role('writers', [writer]);
    api.govern({
      policies: [
        'apiVersion: privet/v1',
        'kind: VaultPolicy',
        'name: writers',
        'vault: texts',
        'roles: [writers]',
        'rules:',
        '  - ALLOW CREATE ON found.*',
        '  - ALLOW TOKENIZATION ON found.*',
        '  - ALLOW DETOKENIZATION ON found.email_address_entity WITH REDACTION = PLAIN_TEXT',
      ].join('\n'),
    });
    assert.ok(role.id);
    const wish = sdkWish('ada@example.com 123-45-6789', 'vault_token', ['ssn', 'email_address']);
    const there = await done('deidentify/string', wish, writer);
    const before = await revealed();
    const some = await done('reidentify/string', { text: there.processed_text }, writer);
    assert.match(some.text, /^ada@example\.com \[SSN_\w{7}\]$/u);
    assert.equal(some.tokens_left, 1);
    assert.ok((await revealed()) > before);
    const only = `[${there.entities[1].token}]`;
    assert.equal((await ask('reidentify/string', { text: only }, writer)).status, 403);
    assert.equal((await ask('reidentify/string', { text: only }, api.account('none'))).status, 403);
  });

  it('puts back no more than there is room for', async () => {
    const { body } = await api.ask(owner.apiKey, {
      method: 'POST',
      path: `/v1/vaults/${api.schema.id}/found`,
      body: {
        records: [{ fields: { email_address_entity: 'x'.repeat(500_000) } }],
        tokenization: true,
      },
    });
    const token = `[EMAIL_ADDRESS_${body.records[0].tokens.email_address_entity}]`;
    const once = await done('reidentify/string', { text: token });
    assert.equal(once.text.length, 500_000);
    assert.equal((await ask('reidentify/string', { text: token.repeat(20) })).status, 400);
  });

  it('is nothing for accounts that must sign their tokens', async () => {
    const signer = api.account('signer', { enforceSignedTokens: true });
    api.role('VAULT_OWNER', [signer]);
    assert.equal((await ask('reidentify/string', { text: '[SSN_x]' }, signer)).status, 403);
  });
});

describe('a hostile text', () => {
  it('never leaves a value that was found, in any mode', async () => {
    const text = Array.from({ length: 200 }, (_, i) => `${100 + i}-45-6789,a${i}@example.com`).join(
      ';',
    );
    for (const kind of ['entity_only', 'entity_unq_counter', 'vault_token']) {
      const wish = sdkWish(text, kind, ['ssn', 'email_address']);
      const { processed_text: shown, entities } = await done('deidentify/string', wish);
      assert.equal(entities.length, 400);
      for (const { value } of entities) assert.ok(!shown.includes(value));
    }
  });

  it('is refused where patterns take too long over it', async () => {
    const wish = { text: 'xa'.repeat(8_000), entity_types: ['ssn'] };
    const { status, body } = await ask('deidentify/string', {
      ...wish,
      restrict_regex: ['x[^y]*y|a'],
    });
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.error.message, /take too long/u);
  });

  it('is answered in time, or refused for its length', async () => {
    for (const piece of ['1', '@', 'a.a.', '[SSN_', '1 ', '\\']) {
      const text = piece.repeat((256 * 1024) / piece.length);
      await done('deidentify/string', { text, entity_types: KINDS });
      await done('reidentify/string', { text });
    }
    const long = await ask('deidentify/string', {
      text: '1'.repeat(1_000_000),
      entity_types: ['ssn'],
    });
    assert.equal(long.status, 400);
    assert.ok(!JSON.stringify(long.body).includes('1111'));
  });
});
