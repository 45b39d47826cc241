import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Detokenised, VaultProposal, WriteRow } from '../mod.ts';
import {
  allow,
  CALLER,
  insertRows,
  piecesOf,
  PLAIN,
  textOfPieces,
  tokenOf,
  vaultStand,
  WRITE_ALL,
} from '../testvault.ts';
import type { TestVault } from '../testvault.ts';

const stand = vaultStand();

const PEOPLE: VaultProposal = {
  name: 'crm',
  tables: [
    {
      name: 'persons',
      subject: 'customer',
      columns: [
        { name: 'customer', type: 'string', nullable: false, exactIndex: true },
        { name: 'name', type: 'string', tokens: [{ shape: { kind: 'uuid' } }] },
        {
          name: 'city',
          type: 'string',
          tokens: [{ shape: { kind: 'uuid' }, deterministic: true }],
        },
        { name: 'scan', type: 'file', fileTypes: ['text/plain'] },
      ],
    },
  ],
};

const outcome = (one: Detokenised | undefined) =>
  one?.kind === 'value' ? one.json : (one?.problem.code ?? 'none');

async function seeded(test: TestVault) {
  const vault = await test.vaults.create(CALLER, PEOPLE);
  const rows = [
    { customer: 'ada', name: 'Ada Example', city: 'Example City' },
    { customer: 'bob', name: 'Bob Example', city: 'Example City' },
    { customer: 'ada', name: 'Ada Sample', city: 'Sampleton' },
  ];
  const written = await insertRows(test.vaults, vault.id, { table: 'persons', rows });
  const show = (...tokens: readonly string[]) =>
    test.vaults
      .detokenise({
        caller: CALLER,
        vault: vault.id,
        ruling: allow(),
        tokens: tokens.map((token) => ({ token, redaction: PLAIN })),
      })
      .then((answers) => answers.map(outcome));
  return { vault, written, show };
}

test('forget makes every record, file and token of a person answer gone, and gives a receipt', async () => {
  const test = await stand.open();
  const { vaults, ledger, blobs } = test;
  const { vault, written, show } = await seeded(test);
  const place = {
    vault: vault.id,
    table: 'persons',
    column: 'scan',
    record: written[0]?.record ?? '',
  };
  const told = { caller: CALLER, ruling: allow() };
  await vaults.upload({ ...place, ...told, name: 'a.txt', content: piecesOf('secret of ada') });
  const names = written.map((one) => tokenOf(one, 'name'));
  const cities = written.map((one) => tokenOf(one, 'city'));
  assert.equal(cities[0], cities[1]);
  assert.deepEqual(await show(...names), ['Ada Example', 'Bob Example', 'Ada Sample']);

  const request = { caller: CALLER, vault: vault.id, table: 'persons', subject: 'ada' };
  const receipt = await vaults.forget(request);
  assert.deepEqual(
    { records: receipt.records, tokens: receipt.tokens, files: receipt.files },
    { records: 2, tokens: 3, files: 1 },
  );
  const [leaf] = await ledger.read({ from: receipt.leaf, limit: 1 });
  assert.equal(leaf?.leaf.kind, 'vault-forgotten');
  assert.deepEqual(await show(...names), ['gone', 'Bob Example', 'gone']);
  assert.deepEqual(await show(...cities), ['Example City', 'Example City', 'gone']);
  await assert.rejects(vaults.download({ ...place, ...told }), { code: 'not-found' });
  const left = [];
  for await (const { key } of blobs.list('files/')) left.push(key);
  assert.deepEqual(left, []);
  assert.deepEqual(await vaults.forget(request), receipt);
});

test('a write of a person who was forgotten, asked for again, is answered gone and writes nothing', async () => {
  const test = await stand.open();
  const vault = await test.vaults.create(CALLER, PEOPLE);
  const rows = ['ada', 'bob'].map((customer): WriteRow => ({
    kind: 'insert',
    table: 'persons',
    fields: { customer, name: customer },
  }));
  const write = () =>
    test.vaults.write({
      caller: CALLER,
      vault: vault.id,
      rows,
      rulings: WRITE_ALL,
      continueOnError: true,
      idempotencyKey: 'k1',
    });
  const first = await write();
  await test.vaults.forget({ caller: CALLER, vault: vault.id, table: 'persons', subject: 'ada' });
  const [ada, bob] = await write();
  assert.ok(ada?.kind === 'failed');
  assert.equal(ada.problem.code, 'gone');
  assert.deepEqual(bob, first[1]);
});

test('a database restored from before a forgetting cannot open what was forgotten, and opens the rest', async () => {
  const test = await stand.open();
  const { vault, written, show } = await seeded(test);
  const { pool } = test.database;
  await pool.query('create table backup_record as select * from vault.record');
  await pool.query('create table backup_token as select * from vault.token');
  await test.vaults.forget({ caller: CALLER, vault: vault.id, table: 'persons', subject: 'ada' });
  await pool.query(
    'delete from vault.record; insert into vault.record select * from backup_record',
  );
  await pool.query('delete from vault.token; insert into vault.token select * from backup_token');
  await pool.query("update vault.subject set state = 'kept'");
  const names = written.map((one) => tokenOf(one, 'name'));
  assert.deepEqual(await show(...names), ['gone', 'Bob Example', 'gone']);
  // Neither does another process, which never held the page.
  const other = test.another();
  const base = {
    caller: CALLER,
    vault: vault.id,
    table: 'persons',
    ruling: allow(),
    redaction: PLAIN,
  };
  const page = { kind: 'page', after: null, skip: 0, descending: false } as const;
  const { records } = await other.get({ ...base, select: page });
  assert.deepEqual(
    records.map(({ fields }) => fields['name']),
    ['Bob Example'],
  );
});

test('forgetting that was interrupted is finished by tend', async () => {
  const test = await stand.open();
  const { vault, written, show } = await seeded(test);
  await test.database.pool.query(
    "update vault.subject set state = 'forgetting' where number in (select subject_number from vault.record where id = $1)",
    [written[0]?.record],
  );
  await test.vaults.tend();
  assert.deepEqual(await show(tokenOf(written[0], 'name')), ['gone']);
  const receipt = await test.vaults.forget({
    caller: CALLER,
    vault: vault.id,
    table: 'persons',
    subject: 'ada',
  });
  assert.equal(receipt.records, 2);
});

test('who was forgotten may come back as somebody new', async () => {
  const test = await stand.open();
  const { vault, show } = await seeded(test);
  await test.vaults.forget({ caller: CALLER, vault: vault.id, table: 'persons', subject: 'ada' });
  const rows = [{ customer: 'ada', name: 'Ada Again' }];
  const [again] = await insertRows(test.vaults, vault.id, { table: 'persons', rows });
  assert.deepEqual(await show(tokenOf(again, 'name')), ['Ada Again']);
  await assert.rejects(
    test.vaults.forget({ caller: CALLER, vault: vault.id, table: 'persons', subject: 'nobody' }),
    { code: 'not-found' },
  );
});

test('files come back as they were, their type is read from their content, and links end', async () => {
  const test = await stand.open();
  const { vaults, clock } = test;
  const { vault, written } = await seeded(test);
  const place = {
    vault: vault.id,
    table: 'persons',
    column: 'scan',
    record: written[0]?.record ?? '',
  };
  const told = { caller: CALLER, ruling: allow() };
  const text = 'line of a file\n'.repeat(20_000);
  await vaults.upload({ ...place, ...told, name: 'a.txt', content: piecesOf(text, 999) });
  const file = await vaults.download({ ...place, ...told });
  assert.deepEqual({ name: file.name, type: file.type }, { name: 'a.txt', type: 'text/plain' });
  assert.equal(await textOfPieces(file.content), text);
  const png = piecesOf(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]));
  await assert.rejects(vaults.upload({ ...place, ...told, name: 'a.txt', content: png }), {
    message: 'column `scan` takes no files of type `image/png`',
  });
  await assert.rejects(
    vaults.upload({ ...place, ...told, name: 'a.txt', content: piecesOf(text), bytesMax: 100 }),
    { code: 'limit' },
  );
  const asker = { roles: ['one'] };
  const link = await vaults.link({ ...place, ...told, asker, ttlSeconds: 60 });
  const follow = (text: string, at: string = vault.id, ruling = allow()) =>
    vaults.openLink({ vault: at, link: text }, (maker) => {
      assert.deepEqual(maker, { caller: CALLER, asker });
      return ruling;
    });
  assert.equal(await textOfPieces((await follow(link)).content), text);
  // Neither what is in it nor whether there is such a vault is told to who has no link.
  assert.ok(!Buffer.from(link, 'base64url').includes('scan'));
  for (const [bad, at] of [
    [`x${link}`, vault.id],
    ['x', vault.id],
    [link, 'vlt_00000000000000000000000000'],
  ] as const) {
    const message = 'this link was not made here';
    await assert.rejects(follow(bad, at), { code: 'not-found', message });
  }
  await assert.rejects(follow(link, vault.id, allow('REDACTED')), { code: 'denied' });
  const other = 'another file';
  await vaults.upload({ ...place, ...told, name: 'b.txt', content: piecesOf(other) });
  await assert.rejects(follow(link), { code: 'gone' });
  clock.advance(61_000);
  await assert.rejects(follow(link), { code: 'expired' });
  await vaults.removeFile({ ...place, ...told });
  await assert.rejects(vaults.download({ ...place, ...told }), { code: 'not-found' });
});

test('a file that was cut, changed or swapped does not open', async () => {
  const test = await stand.open();
  const { vaults, blobs } = test;
  const { vault, written } = await seeded(test);
  const told = { caller: CALLER, ruling: allow() };
  const place = {
    vault: vault.id,
    table: 'persons',
    column: 'scan',
    record: written[0]?.record ?? '',
  };
  await vaults.upload({ ...place, ...told, name: 'a.txt', content: piecesOf('x'.repeat(150_000)) });
  const keys: string[] = [];
  for await (const { key } of blobs.list('files/')) keys.push(key);
  const [key = ''] = keys;
  const whole = (await blobs.get(key)) ?? new Uint8Array();
  const cut = whole.subarray(0, 2 * (64 * 1024 + 16));
  const flipped = whole.with(70_000, (whole[70_000] ?? 0) ^ 1);
  for (const bytes of [cut, flipped, whole.subarray(64 * 1024 + 16)]) {
    await blobs.put(key, bytes);
    const { content } = await vaults.download({ ...place, ...told });
    await assert.rejects(textOfPieces(content), { code: 'corrupt' });
  }
});
