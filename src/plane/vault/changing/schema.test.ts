import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readSkyflowSchema, skyflowSchemaOf, TEMPLATES } from '../mod.ts';
import type { ColumnSchema, SchemaChange, VaultProposal } from '../mod.ts';
import { allow, CALLER, insertRows, PLAIN, tokenOf, vaultStand } from '../testvault.ts';

const stand = vaultStand();

const SHOP: VaultProposal = {
  name: 'shop',
  tables: [
    {
      name: 'orders',
      columns: [
        {
          name: 'code',
          type: 'string',
          tokens: [{ shape: { kind: 'uuid' }, deterministic: true }],
        },
        { name: 'note', type: 'string' },
      ],
    },
  ],
};

async function shop(codes: readonly string[]) {
  const opened = await stand.make(SHOP);
  const { vaults, vault } = opened;
  const rows = codes.map((code) => ({ code }));
  const written = await insertRows(vaults, vault.id, { table: 'orders', rows });
  const place = { table: 'orders', column: 'code' };
  const byCode = async (value: string | number) => {
    const request = {
      caller: CALLER,
      vault: vault.id,
      table: 'orders',
      ruling: allow(),
      redaction: PLAIN,
    };
    const select = { kind: 'values', column: 'code', values: [value] } as const;
    return (await vaults.get({ ...request, select })).records.map(({ fields }) => fields['code']);
  };
  const column = async (): Promise<ColumnSchema | undefined> =>
    (await vaults.schema(vault.id)).tables[0]?.columns[0];
  return { ...opened, vault, written, place, byCode, column };
}

test('add-unique reports the records that share a value, and holds once they do not', async () => {
  const { vaults, vault, written, place, byCode, column } = await shop(['a', 'b', 'a']);
  await assert.rejects(byCode('a'), { code: 'invalid' });
  await vaults.change(CALLER, { vault: vault.id, change: { kind: 'add-unique', ...place } });
  await vaults.tend();
  const [failed] = await vaults.passes(vault.id);
  assert.deepEqual(
    { state: failed?.state, report: failed?.report },
    { state: 'failed', report: [[written[0]?.record, written[2]?.record]] },
  );
  assert.deepEqual(await byCode('a'), ['a', 'a'], 'it is indexed all the same');
  await vaults.remove({
    caller: CALLER,
    vault: vault.id,
    table: 'orders',
    records: [written[2]?.record ?? ''],
    ruling: allow(),
  });
  await vaults.change(CALLER, { vault: vault.id, change: { kind: 'add-unique', ...place } });
  await vaults.tend();
  assert.equal((await column())?.unique, true);
  await assert.rejects(insertRows(vaults, vault.id, { table: 'orders', rows: [{ code: 'b' }] }), {
    code: 'conflict',
    message: 'another record has this value of unique column `code`',
  });
});

test('what is no change is refused with what one is made of', async () => {
  const { vaults, vault, place } = await shop([]);
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [null, /^change expected a `kind`, one of add-table, add-column, /u],
    [{ kind: 'nonsense', ...place }, /^change expected a `kind`, one of .*, drop-column$/u],
    [{ kind: 'rename-column', ...place }, /^change `rename-column` `to`: /u],
    [{ kind: 'rename-column', ...place, to: 'bad name!' }, /^name: expected lower-case/u],
    [{ kind: 'drop-index', ...place, colour: 1 }, /^change `drop-index`: unrecognized key/u],
    [{ kind: 'retype', ...place, type: 'number' }, /^change `retype` `type`: /u],
    [{ kind: 'set-column', ...place, set: { colour: 1 } }, /^column: unrecognized key/u],
  ];
  for (const [change, message] of bad) {
    const request = { vault: vault.id, change: change as SchemaChange };
    await assert.rejects(vaults.change(CALLER, request), { code: 'invalid', message });
  }
  assert.equal((await vaults.schema(vault.id)).version, 1);
});

test('each kind of change works as docs/formats/vault-api.md writes it', async () => {
  const page = readFileSync(
    new URL('../../../../docs/formats/vault-api.md', import.meta.url),
    'utf8',
  );
  const block = /^```yaml\n(?<yaml>changes:\n[\s\S]*?)^```/mu.exec(page)?.groups?.['yaml'] ?? '';
  const { changes } = parse(block) as { readonly changes: readonly SchemaChange[] };
  const email = { name: 'email', type: 'string' as const };
  const { vaults, vault } = await stand.make({
    name: 'crm',
    tables: [{ name: 'persons', columns: [email] }],
  });
  for (const change of changes) {
    await vaults.change(CALLER, { vault: vault.id, change });
    await vaults.tend();
  }
  assert.equal(new Set(changes.map(({ kind }) => kind)).size, 11);
  const { tables } = await vaults.schema(vault.id);
  assert.deepEqual(
    tables.map(({ name, columns }) => [name, columns.map((one) => `${one.name} ${one.type}`)]),
    [
      ['people', ['mail string', 'scan file']],
      ['orders', ['code int64']],
    ],
  );
});

test('an index that was dropped and added again finds every record', async () => {
  const { vaults, vault, place, byCode } = await shop(['a', 'b']);
  for (const kind of ['add-index', 'drop-index', 'add-index'] as const) {
    await vaults.change(CALLER, { vault: vault.id, change: { kind, ...place } });
    await vaults.tend();
  }
  assert.deepEqual(await byCode('b'), ['b']);
});

test('retype refuses while a value does not fit, names its record, and keeps tokens and indexes when all do', async () => {
  const { vaults, vault, written, place, byCode, column } = await shop(['1', '20', 'x3']);
  const retype = { kind: 'retype', ...place, type: 'int32' } as const;
  await vaults.change(CALLER, { vault: vault.id, change: { kind: 'add-index', ...place } });
  await vaults.tend();
  await vaults.change(CALLER, { vault: vault.id, change: retype });
  await assert.rejects(insertRows(vaults, vault.id, { table: 'orders', rows: [{ code: 'y' }] }), {
    code: 'invalid',
  });
  await vaults.tend();
  const [failed] = await vaults.passes(vault.id);
  assert.deepEqual(failed?.report, [[written[2]?.record]]);
  assert.equal((await column())?.type, 'string');
  const records = [written[2]?.record ?? ''];
  await vaults.remove({
    caller: CALLER,
    vault: vault.id,
    table: 'orders',
    records,
    ruling: allow(),
  });
  await vaults.change(CALLER, { vault: vault.id, change: retype });
  await vaults.tend();
  assert.equal((await column())?.type, 'int32');
  assert.deepEqual(await byCode(20), [20]);
  const token = tokenOf(written[1], 'code');
  const tokens = [{ token, redaction: PLAIN }];
  const [shown] = await vaults.detokenise({
    caller: CALLER,
    vault: vault.id,
    tokens,
    ruling: allow(),
  });
  assert.equal(shown?.kind === 'value' && shown.json, 20);
});

test('a renamed column keeps its id, its values, its tokens and what it is protected by', async () => {
  const { vaults, vault, written, place } = await shop(['a']);
  const before = (await vaults.schema(vault.id)).tables[0]?.columns[0]?.id;
  await vaults.change(CALLER, {
    vault: vault.id,
    change: { kind: 'rename-column', ...place, to: 'sku' },
  });
  await vaults.change(CALLER, {
    vault: vault.id,
    change: { kind: 'rename-table', table: 'orders', to: 'sales' },
  });
  const request = { caller: CALLER, vault: vault.id, table: 'sales', redaction: PLAIN };
  const select = { kind: 'ids', ids: [written[0]?.record ?? ''] } as const;
  const hidden = () => ({
    ...allow()(undefined as never),
    shows: (id: string) => (id === before ? null : ('PLAIN_TEXT' as const)),
  });
  assert.deepEqual((await vaults.get({ ...request, select, ruling: allow() })).records[0]?.fields, {
    sku: 'a',
  });
  assert.deepEqual(
    (await vaults.get({ ...request, select, ruling: hidden })).records[0]?.fields,
    {},
  );
  const again = await insertRows(vaults, vault.id, { table: 'sales', rows: [{ sku: 'a' }] });
  assert.equal(tokenOf(again[0], 'sku'), tokenOf(written[0], 'code'));
  assert.deepEqual(
    (await vaults.versions(vault.id)).map(({ version }) => version),
    [3, 2, 1],
  );
});

test('reseal moves every record to the newest key and changes nothing else', async () => {
  const { vaults, vault, written, keyring, database } = await shop(['a', 'b']);
  const table = vault.tables[0]?.id ?? '';
  const versions = async () => {
    const { rows } = await database.pool.query<{ body: Buffer; version: number }>(
      'select body, version from vault.record order by id',
    );
    return rows.map(({ body, version }) => ({ key: body.readUInt32BE(9 + 8), version }));
  };
  const [first] = await versions();
  await keyring.roll(`rolling/vault/${vault.id}/${table}`, { kind: 'plane' });
  await vaults.reseal(vault.id, 'orders');
  await vaults.tend();
  const [pass] = await vaults.passes(vault.id);
  assert.deepEqual(
    { state: pass?.state, records: pass?.records, changed: pass?.changed },
    { state: 'done', records: 2, changed: 2 },
  );
  assert.deepEqual(
    await versions(),
    [0, 1].map(() => ({ key: (first?.key ?? 0) + 1, version: first?.version })),
  );
  const tokens = written.map((row) => ({ token: tokenOf(row, 'code'), redaction: PLAIN }));
  const shown = await vaults.detokenise({
    caller: CALLER,
    vault: vault.id,
    tokens,
    ruling: allow(),
  });
  assert.deepEqual(
    shown.map((one) => one.kind === 'value' && one.json),
    ['a', 'b'],
  );
});

test("templates are schemas, and schemas go to Skyflow's document and back", async () => {
  const { vaults } = await stand.open();
  for (const [name, tables] of Object.entries(TEMPLATES)) {
    const vault = await vaults.create(CALLER, { name, tables: [...tables] });
    const document = skyflowSchemaOf(vault);
    const again = await vaults.create(CALLER, {
      name: `${name}-2`,
      tables: readSkyflowSchema(document),
    });
    const bare = ({ tables: given }: typeof vault) =>
      given.map((table) => ({
        name: table.name,
        subject: table.columns.find(({ id }) => id === table.subject)?.name,
        purpose: table.purposeRequired,
        columns: table.columns.map((column) => ({
          ...column,
          id: null,
          number: null,
          tokens: column.tokens.map((token) => ({ ...token, space: null })),
        })),
      }));
    assert.deepEqual(bare(again), bare(vault));
  }
});

test("Skyflow's own example is read as it is meant", () => {
  const tag = (name: string, ...values: string[]) => ({ name: `skyflow.${name}`, values });
  const [table] = readSkyflowSchema({
    schemas: [
      {
        name: 'persons',
        fields: [
          { name: 'skyflow_id', datatype: 'DT_STRING' },
          {
            name: 'email',
            datatype: 'DT_STRING',
            tags: [
              tag('options.default_token_policy', 'DETERMINISTIC_PRESERVE_EMAIL_DOMAIN'),
              tag('options.unique', 'true'),
              tag('options.operation', 'EXACT_MATCH'),
              tag('options.default_dlp_policy', 'MASK'),
              tag('options.find_pattern', '^(.).*(@.*)$'),
              tag('options.replace_pattern', '${1}***${2}'),
            ],
          },
          {
            name: 'region',
            datatype: 'DT_STRING',
            tags: [tag('validation.predefinedvalues', 'EU', 'US')],
          },
        ],
      },
    ],
    tags: [],
  });
  const [email, region] = table?.columns ?? [];
  assert.equal(table?.columns.length, 2);
  assert.deepEqual(email?.tokens, [{ shape: { kind: 'email' }, deterministic: true }]);
  assert.deepEqual([email?.unique, email?.exactIndex, email?.redaction], [true, true, 'MASKED']);
  assert.deepEqual(region?.values, ['EU', 'US']);
  const unknown = {
    schemas: [
      {
        name: 't',
        fields: [{ name: 'a', datatype: 'DT_STRING', tags: [tag('options.magic', 'true')] }],
      },
    ],
  };
  assert.throws(() => readSkyflowSchema(unknown), {
    message: '`t.a` has an unknown tag `skyflow.options.magic`',
  });
});
