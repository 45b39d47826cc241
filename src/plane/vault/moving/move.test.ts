import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { EXPORT_FORMAT, signingSeed } from './exportmanifest.ts';
import { partCipher, publicHalf, signText } from './exportseal.ts';
import { allow, CALLER, closeTestVaults, insertRows } from '../testvault.ts';
import { openTestVault, PLAIN, tokenOf, WRITE_ALL } from '../testvault.ts';
import type { TestVault } from '../testvault.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await startTestCluster();
});
after(async () => {
  await closeTestVaults();
  await cluster.stop();
});

const uuid = { kind: 'uuid' } as const;
const TABLES = [
  {
    name: 'people',
    subject: 'person',
    columns: [
      { name: 'person', type: 'string' as const, nullable: false },
      {
        name: 'mail',
        type: 'string' as const,
        unique: true,
        tokens: [
          { shape: { kind: 'email' } as const, deterministic: true },
          { shape: uuid, group: 'other' },
        ],
      },
      { name: 'town', type: 'string' as const, tokens: [{ shape: uuid, deterministic: true }] },
      { name: 'pin', type: 'string' as const, tokens: [{ shape: uuid, ttlSeconds: 60 }] },
      { name: 'born', type: 'date' as const },
      { name: 'extra', type: 'json' as const },
    ],
  },
  { name: 'notes', columns: [{ name: 'text', type: 'string' as const }] },
];

/** Nothing there is other than the ledger has it. */
async function sound({ vaults }: Pick<TestVault, 'vaults'>, vault: string) {
  const { findings, missing } = await vaults.verify(CALLER, vault);
  assert.deepEqual([findings, missing], [[], 0]);
}

async function seeded({ vaults }: TestVault, count = 700) {
  const { id } = await vaults.create(CALLER, { name: 'crm', tables: TABLES });
  const rows = Array.from({ length: count }, (_, i) => ({
    person: `p${i % 400}`,
    mail: `m${i}@example.invalid`,
    town: `town ${i % 7}`,
    pin: '0000',
    born: '1990-02-03',
    extra: { n: i, deep: [1, null, 'é'] },
  }));
  const written = await insertRows(vaults, id, { table: 'people', rows });
  await insertRows(vaults, id, { table: 'notes', rows: [{ text: 'a note' }] });
  await vaults.write({
    caller: CALLER,
    vault: id,
    rows: [{ kind: 'insert', table: 'notes', fields: { text: 'bait' }, canary: true }],
    rulings: WRITE_ALL,
  });
  return { id, written };
}

async function exported({ vaults }: TestVault, vault: string, recipient: string) {
  const { id } = await vaults.exports.open(CALLER, { vault, recipient });
  const parts: Uint8Array[] = [];
  const request = { id, from: 0, last: null, plane: 'pln_example' };
  for await (const piece of vaults.exports.read(CALLER, request)) {
    if (piece.kind === 'manifest') {
      await vaults.exports.end(CALLER, id);
      return { parts, manifest: piece.signed };
    }
    if (piece.kind !== 'start') parts.push(piece.bytes);
  }
  return assert.fail('the manifest is missing');
}

test('a vault moves to another plane with its records, ids and tokens, and is seen when it is whole', async () => {
  const [here, there] = [await openTestVault(cluster), await openTestVault(cluster)];
  const { id, written } = await seeded(here);
  const { imports } = there.vaults;
  const place = await imports.open();
  const { parts, manifest } = await exported(here, id, place.recipient);
  const key = await here.vaults.imports.signingKey();
  assert.ok(parts.length === 3);
  assert.ok(!Buffer.concat(parts).includes('example.invalid'));
  assert.doesNotMatch(manifest.text, /example\.invalid|p399/u);

  const begin = { id: place.id, key, manifest, forgotten: null };
  const forged = { ...manifest, text: manifest.text.replace('"records":702', '"records":701') };
  await assert.rejects(imports.begin(CALLER, { ...begin, manifest: forged }), { code: 'denied' });
  const other = await imports.signingKey();
  await assert.rejects(imports.begin(CALLER, { ...begin, key: other }), { code: 'denied' });
  const elsewhere = (await imports.open()).id;
  await assert.rejects(imports.begin(CALLER, { ...begin, id: elsewhere }), { code: 'invalid' });

  assert.deepEqual(await imports.begin(CALLER, begin), { parts: parts.length, there: [] });
  assert.deepEqual(await there.vaults.list(), []);
  const bring = (number: number, bytes: Uint8Array = parts[number] ?? new Uint8Array()) =>
    imports.part(CALLER, { id: place.id, number, bytes });
  await bring(1);
  await bring(1);
  const swapped = parts[0] as Uint8Array;
  await assert.rejects(bring(2, swapped), { code: 'invalid' });
  await assert.rejects(bring(2, swapped.with(9, (swapped[9] ?? 0) ^ 1)), { code: 'invalid' });
  await assert.rejects(imports.finish(CALLER, place.id), { code: 'conflict' });
  assert.deepEqual((await imports.begin(CALLER, begin)).there, [1]);
  // Two at once bring the same: one of them is enough.
  await Promise.all([bring(2), bring(2)]);
  await bring(0);
  const done = await imports.finish(CALLER, place.id);
  assert.deepEqual([done.records, done.leftOut], [702, 0]);
  assert.equal(done.tokens, 700 * 4);
  await assert.rejects(imports.finish(CALLER, place.id), { code: 'conflict' });

  const [moved] = await there.vaults.list();
  assert.equal(moved?.id, done.vault);
  const asked = { caller: CALLER, ruling: allow(), redaction: PLAIN } as const;
  const ids = written.map(({ record }) => record).slice(0, 5_000);
  const select = { kind: 'ids', ids } as const;
  const both = await Promise.all([
    here.vaults.get({ ...asked, vault: id, table: 'people', select }),
    there.vaults.get({ ...asked, vault: done.vault, table: 'people', select }),
  ]);
  assert.equal(both[1].records.length, 700);
  assert.deepEqual(both[1].records, both[0].records);
  const tokens = written.flatMap((row) =>
    row.tokens.map(({ token }) => ({ token, redaction: PLAIN })),
  );
  const shown = await there.vaults.detokenise({
    caller: CALLER,
    vault: done.vault,
    tokens,
    ruling: allow(),
  });
  assert.ok(shown.every(({ kind }) => kind === 'value'));
  // The same value gets the token it had.
  const [again] = await insertRows(there.vaults, done.vault, {
    table: 'people',
    rows: [{ person: 'new', town: 'town 3' }],
  });
  assert.equal(tokenOf(again, 'town'), tokenOf(written[3], 'town'));
  await sound(there, done.vault);
  const bait = await there.vaults.get({
    ...asked,
    vault: done.vault,
    table: 'notes',
    select: { kind: 'page', after: null, skip: 0, descending: false },
  });
  assert.equal(bait.records.length, 2);
  const kinds = (await there.leaves()).map(({ leaf }) => leaf.kind);
  assert.ok(kinds.includes('vault-imported') && kinds.includes('vault-alarm'));
  const told = (await here.leaves()).flatMap(({ leaf }) =>
    leaf.kind === 'vault-exported' ? [leaf.stage] : [],
  );
  assert.deepEqual(told, ['began', 'done']);
});

test('whoever was forgotten after the export stays forgotten, here and where a signed list says so', async () => {
  const [here, there] = [await openTestVault(cluster), await openTestVault(cluster)];
  const { id } = await seeded(here, 20);
  const places = [await here.vaults.imports.open(), await there.vaults.imports.open()] as const;
  const key = await here.vaults.imports.signingKey();
  const exports = [
    await exported(here, id, places[0].recipient),
    await exported(here, id, places[1].recipient),
  ];
  await here.vaults.forget({ caller: CALLER, vault: id, table: 'people', subject: 'p7' });
  const list = await here.vaults.forgotten(id);
  await here.vaults.archive(CALLER, id);
  for (const [i, { imports }] of [here.vaults, there.vaults].entries()) {
    const place = places[i] as (typeof places)[0];
    const { manifest, parts } = exports[i] as (typeof exports)[0];
    const begin = { id: place.id, key, manifest };
    const forged = { ...list, text: `${list.text} ` };
    await assert.rejects(imports.begin(CALLER, { ...begin, forgotten: forged }), {
      code: 'denied',
    });
    // The plane where it happened knows by itself.
    await imports.begin(CALLER, { ...begin, forgotten: i === 0 ? null : list });
    for (const [number, bytes] of parts.entries()) {
      await imports.part(CALLER, { id: place.id, number, bytes });
    }
    const { records, leftOut } = await imports.finish(CALLER, place.id);
    assert.deepEqual([records, leftOut], [21, 1]);
  }
});

test('a list of who was forgotten counts for its own vault, from the export on, and nothing takes a name off it', async () => {
  const [here, there] = [await openTestVault(cluster), await openTestVault(cluster)];
  const { id } = await seeded(here, 10);
  const other = await here.vaults.create(CALLER, { name: 'other', tables: TABLES });
  const [of, ofOther] = [await here.vaults.forgotten(id), await here.vaults.forgotten(other.id)];
  here.clock.advance(1_000);
  const { imports } = there.vaults;
  const place = await imports.open();
  const { parts, manifest } = await exported(here, id, place.recipient);
  const seed = await signingSeed(here.keyring);
  const key = await here.vaults.imports.signingKey();
  const begin = { id: place.id, key, manifest };
  const invalid = { code: 'invalid' };
  await assert.rejects(imports.begin(CALLER, { ...begin, forgotten: of }), invalid);
  here.clock.advance(1_000);
  await assert.rejects(imports.begin(CALLER, { ...begin, forgotten: ofOther }), invalid);
  const noList = { text: '{"forgotten":[null]}' };
  const signature = signText(seed, 'forgotten', noList.text);
  const odd = { ...noList, signature };
  await assert.rejects(imports.begin(CALLER, { ...begin, forgotten: odd }), invalid);

  const empty = await here.vaults.forgotten(id);
  await here.vaults.forget({ caller: CALLER, vault: id, table: 'people', subject: 'p3' });
  const one = await here.vaults.forgotten(id);
  await here.vaults.forget({ caller: CALLER, vault: id, table: 'people', subject: 'p4' });
  const two = await here.vaults.forgotten(id);
  for (const forgotten of [one, empty, null]) await imports.begin(CALLER, { ...begin, forgotten });
  // Another plane cannot take the import over: the same manifest, signed with its key.
  const own = await signingSeed(there.keyring);
  const resigned = { text: manifest.text, signature: signText(own, 'manifest', manifest.text) };
  const taken = { ...begin, key: await imports.signingKey(), manifest: resigned, forgotten: null };
  await assert.rejects(imports.begin(CALLER, taken), { code: 'denied' });
  for (const [number, bytes] of parts.entries()) {
    await imports.part(CALLER, { id: place.id, number, bytes });
  }
  await imports.begin(CALLER, { ...begin, forgotten: one });
  await assert.rejects(imports.begin(CALLER, { ...begin, forgotten: two }), { code: 'conflict' });
  assert.equal((await imports.finish(CALLER, place.id)).leftOut, 1);
});

test('a part opens only as of the plane, vault and key that it was sealed for', async () => {
  const [own, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const [sender, recipient] = [publicHalf('X25519', own), publicHalf('X25519', other)];
  const terms = { sender, recipient, plane: 'pln_a', vault: 'vlt_a', signer: sender };
  const sealed = partCipher(own, recipient, terms).seal(0, new Uint8Array(9), new Uint8Array(12));
  assert.deepEqual(partCipher(other, sender, terms).open(0, sealed), new Uint8Array(9));
  for (const change of [{ plane: 'pln_b' }, { vault: 'vlt_b' }, { signer: recipient }]) {
    const cipher = partCipher(other, sender, { ...terms, ...change });
    assert.throws(() => cipher.open(0, sealed), { code: 'corrupt' });
  }
});

const good = {
  table: 'notes',
  id: '0190a000-0000-7000-8000-000000000001',
  fields: { text: 'a note' },
  tokens: {},
  transient: {},
  files: {},
  canary: false,
  subject: null,
};
const counts = { records: 1, tokens: 0, transientTokens: 0, files: 0 };

/** Begins an import of parts of one record each, whatever they hold, and gives it to `work`. */
async function ofOwnMaking(
  { vaults: { imports } }: TestVault,
  { name, texts }: { readonly name: string; readonly texts: readonly string[] },
  work: (id: string, parts: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  const own = new Uint8Array(32).fill(7);
  const [sender, key] = [publicHalf('X25519', own), publicHalf('Ed25519', own)];
  const { id, recipient } = await imports.open();
  const terms = { sender, recipient, plane: 'pln_a', vault: 'vlt_a', signer: key };
  const cipher = partCipher(own, recipient, terms);
  const parts = texts.map((text, number) => cipher.seal(number, utf8(text), new Uint8Array(12)));
  const manifest = canonicalJson({
    format: EXPORT_FORMAT,
    plane: terms.plane,
    vault: terms.vault,
    schema: { name, tables: [{ name: 'notes', columns: [{ name: 'text', type: 'string' }] }] },
    exportedAtMs: 1,
    ledgerSize: 1,
    sender,
    recipient,
    ...counts,
    records: parts.length,
    tables: { notes: parts.length },
    left: [],
    parts: parts.map((bytes) => ({ sha256: hash('sha256', bytes), ...counts })),
  });
  const signed = { text: manifest, signature: signText(own, 'manifest', manifest) };
  await imports.begin(CALLER, { id, key, manifest: signed, forgotten: null });
  try {
    await work(id, parts);
  } finally {
    await imports.abandon(CALLER, id);
  }
}

test('a record that two parts have is refused with the second, also when both come in one moment', async () => {
  const there = await openTestVault(cluster);
  const texts = ['a note', 'another'].map(
    (text) => `${JSON.stringify({ ...good, fields: { text } })}\n`,
  );
  const part = (id: string, number: number, bytes: Uint8Array) =>
    there.vaults.imports.part(CALLER, { id, number, bytes });
  const refused = {
    code: 'invalid',
    message: `parts expected each record once: \`notes\` has \`${good.id}\` already`,
  };
  await ofOwnMaking(there, { name: 'twice', texts }, async (id, [first, second]) => {
    await part(id, 0, first!);
    await assert.rejects(part(id, 1, second!), refused);
    await part(id, 0, first!);
    assert.deepEqual((await there.vaults.imports.state(id)).there, [0]);
  });
  await ofOwnMaking(there, { name: 'at-once', texts }, async (id, parts) => {
    const done = await Promise.allSettled(parts.map((bytes, number) => part(id, number, bytes)));
    const failed = done.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Problem] : [],
    );
    assert.deepEqual(
      failed.map(({ code, message }) => ({ code, message })),
      [refused],
    );
    assert.equal((await there.vaults.imports.state(id)).there.length, 1);
  });
});

test('what a part holds is looked at, whoever signed it', async () => {
  const there = await openTestVault(cluster);
  const bring = (name: string, text: string) =>
    ofOwnMaking(there, { name, texts: [text] }, async (id, [bytes]) => {
      await there.vaults.imports.part(CALLER, { id, number: 0, bytes: bytes! });
    });
  const one = `${JSON.stringify(good)}\n`;
  await bring('good', one);
  const odd = [
    { ...good, tokens: null },
    { ...good, tokens: { text: null } },
    { ...good, tokens: { text: { 'no-such': 'x' } } },
    { ...good, tokens: { text: { default: 7 } } },
    { ...good, tokens: { text: 'x' } },
    { ...good, fields: null },
    { ...good, fields: { text: { deep: 1 } } },
    { ...good, id: 'x' },
    { ...good, subject: 'x' },
    { ...good, canary: 'yes' },
    { ...good, more: 1 },
    null,
  ].map((line) => `${JSON.stringify(line)}\n`);
  for (const [i, text] of [...odd, '', 'x\n', `${one}${one}`].entries()) {
    await assert.rejects(bring(`odd${i}`, text), { code: 'invalid' }, text);
  }
});

/** How many rows each table of vaults and of keys has. */
async function rowCounts({ query }: TestVault): Promise<ReadonlyMap<string, number>> {
  const { rows } = await query(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_schema in ('vault', 'keys') order by 1`,
  );
  const counts = new Map<string, number>();
  for (const name of rows.map((row) => String(row.name))) {
    counts.set(name, Number((await query(`select count(*) from ${name}`)).rows[0].count));
  }
  return counts;
}

const listed = async (blobs: AsyncIterable<{ readonly key: string }>) => {
  const keys: string[] = [];
  for await (const { key } of blobs) keys.push(key);
  return keys;
};

test('an import that is abandoned in the middle leaves nothing, and nothing more comes in', async () => {
  const [here, there] = [await openTestVault(cluster), await openTestVault(cluster)];
  const { id } = await seeded(here);
  // Somebody else's vault on the plane keeps all it has.
  const bystander = await seeded(there, 20);
  const { imports } = there.vaults;
  const place = await imports.open();
  const before = await rowCounts(there);
  const blobsBefore = await listed(there.subjectKeys.list(''));
  const { parts, manifest } = await exported(here, id, place.recipient);
  const key = await here.vaults.imports.signingKey();
  const renamed = manifest.text.replace('"name":"crm"', '"name":"moved"');
  const signature = signText(await signingSeed(here.keyring), 'manifest', renamed);
  const begin = { id: place.id, key, manifest: { text: renamed, signature }, forgotten: null };
  await imports.begin(CALLER, begin);
  const [first = new Uint8Array(), second = new Uint8Array()] = parts;
  await imports.part(CALLER, { id: place.id, number: 0, bytes: first });
  const during = await rowCounts(there);
  for (const table of ['record', 'token', 'lookup', 'subject', 'subject_page', 'vault', 'schema']) {
    const name = `vault.${table}`;
    assert.ok((during.get(name) ?? 0) > (before.get(name) ?? 0), name);
  }
  const scopes = new Set((await there.keyring.list()).map(({ scope }) => scope));
  const { rows } = await there.query(`select id from vault.vault where state = 'importing'`);
  const made = String(rows[0].id);
  const its = [...scopes].filter((scope) => scope.includes(made));
  assert.ok(its.some((scope) => scope.startsWith('consistent/')) && its.length >= 3);
  const page = (await listed(there.subjectKeys.list(''))).filter((name) => name.includes(made));
  assert.equal(page.length, 1);

  // A part on its way through another process loses or wins, and leaves nothing either way.
  const bringing = there
    .another()
    .imports.part(CALLER, { id: place.id, number: 1, bytes: second })
    .catch((thrown: unknown) => thrown);
  await imports.abandon(CALLER, place.id);
  const lost = await bringing;
  assert.ok(
    lost === undefined || (lost instanceof Problem && lost.code === 'conflict'),
    String(lost),
  );

  const after = new Map(await rowCounts(there));
  const destroyed = (after.get('keys.destroyed') ?? 0) - (before.get('keys.destroyed') ?? 0);
  assert.ok(destroyed >= its.length);
  after.set('keys.destroyed', before.get('keys.destroyed') ?? 0);
  // The plane's own key that seals the keys of imports was there before: `open` made it.
  assert.deepEqual([...after], [...before]);
  assert.deepEqual(await listed(there.subjectKeys.list('')), blobsBefore);
  for (const scope of its) {
    await assert.rejects(there.keyring.use(scope), { code: 'gone' });
    await assert.rejects(there.keyring.roll(scope, CALLER.actor), { code: 'not-found' });
  }
  const kept = await there.query('select * from vault.import where id = $1', [place.id]);
  const { recipient_key: sealed, manifest: text, vault_number: number } = kept.rows[0];
  assert.deepEqual([sealed, text, number], [null, null, null]);

  const over = { code: 'conflict', message: 'the import is over' };
  for (const vaults of [there.vaults, there.another()]) {
    const late = { id: place.id, number: 1, bytes: second };
    await assert.rejects(vaults.imports.part(CALLER, late), over);
    await assert.rejects(vaults.imports.begin(CALLER, begin), over);
    await assert.rejects(vaults.imports.finish(CALLER, place.id), over);
    await assert.rejects(vaults.imports.abandon(CALLER, place.id), over);
    await assert.rejects(vaults.imports.state(place.id), { code: 'gone' });
  }
  await assert.rejects(imports.abandon(CALLER, 'imp_nobody'), { code: 'not-found' });
  const told = (await there.leaves()).flatMap(({ leaf }) =>
    leaf.kind === 'vault-import-abandoned' ? [leaf] : [],
  );
  assert.equal(told.length, 1);
  assert.deepEqual([told[0]?.vault, told[0]?.import, told[0]?.reason], [made, place.id, 'asked']);
  assert.ok((told[0]?.records ?? 0) >= 500 && (told[0]?.tokens ?? 0) > 0);

  // The bystander is whole, and a finished import stays.
  await sound(there, bystander.id);
  const again = await imports.open();
  const whole = await exported(here, id, again.recipient);
  await there.vaults.archive(CALLER, bystander.id);
  await imports.begin(CALLER, { id: again.id, key, manifest: whole.manifest, forgotten: null });
  for (const [at, bytes] of whole.parts.entries()) {
    await imports.part(CALLER, { id: again.id, number: at, bytes });
  }
  const done = await imports.finish(CALLER, again.id);
  await assert.rejects(imports.abandon(CALLER, again.id), over);
  assert.equal((await there.vaults.list()).length, 1);
  await sound(there, done.vault);
});

test('few imports are open at once, and the plane abandons those nobody finishes', async () => {
  const there = await openTestVault(cluster);
  const { imports } = there.vaults;
  const opened = [await imports.open(), await imports.open()];
  there.clock.advance(60 * 60 * 1_000);
  const tries = await Promise.allSettled(Array.from({ length: 6 }, () => imports.open()));
  const refused = tries.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 4);
  const hint = new RegExp(opened[0]?.id ?? '-', 'u');
  await assert.rejects(imports.open(), { code: 'limit', hint });
  const open = async () =>
    (await there.query('select id from vault.import where ended_at is null')).rows.length;
  const DAY_MS = 24 * 60 * 60 * 1_000;
  there.clock.advance(7 * DAY_MS - 60 * 60 * 1_000);
  await there.vaults.tend();
  assert.equal(await open(), 4);
  there.clock.advance(1);
  await there.vaults.tend();
  assert.equal(await open(), 2);
  const told = (await there.leaves()).flatMap(({ leaf }) =>
    leaf.kind === 'vault-import-abandoned' ? [leaf] : [],
  );
  assert.deepEqual(new Set(told.map((leaf) => leaf.import)), new Set(opened.map(({ id }) => id)));
  assert.ok(told.every(({ reason, vault }) => reason === 'expired' && vault === null));
  await imports.open();
  there.clock.advance(8 * DAY_MS);
  await there.vaults.tend();
  assert.equal(await open(), 0);
});
