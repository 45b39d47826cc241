import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Json } from '#base/canonical';
import type { ExportPiece, VaultSchema } from '../mod.ts';
import { allow, CALLER, insertRows, piecesOf, PLAIN, textOfPieces } from '../testvault.ts';
import { tokenOf, vaultStand, WRITE_ALL } from '../testvault.ts';
import type { TestVault } from '../testvault.ts';

const stand = vaultStand();
const uuid = { kind: 'uuid' } as const;
const CANARY = 'canary-9471';
const READ = { caller: CALLER, ruling: allow(), redaction: PLAIN } as const;
const PEOPLE = {
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
    {
      name: 'pin',
      type: 'string' as const,
      tokens: [
        { shape: uuid, ttlSeconds: 600 },
        { shape: uuid, ttlSeconds: 600, group: 'second' },
      ],
    },
    { name: 'scan', type: 'file' as const },
  ],
};

type Part = Extract<ExportPiece, { bytes: Uint8Array }>;
type Read = { readonly parts: readonly Part[]; readonly manifest: Manifest | null };
type Manifest = { readonly text: string; readonly signature: string };

/** Reads an export behind the parts there are, until `enough` says so. */
async function readOn(
  vaults: TestVault['vaults'],
  id: string,
  {
    there = [],
    enough = () => false,
  }: { there?: readonly Part[]; enough?: (parts: readonly Part[]) => boolean } = {},
): Promise<Read> {
  const whole = there.findLastIndex(({ kind }) => kind === 'records') + 1;
  const parts = there.slice(0, whole);
  const last = parts.at(-1);
  const request = {
    id,
    from: parts.length,
    last: last === undefined ? null : hash('sha256', last.bytes),
    plane: 'pln_example',
  };
  for await (const piece of vaults.exports.read(CALLER, request)) {
    if (piece.kind === 'manifest') return { parts, manifest: piece.signed };
    if (piece.kind !== 'start') parts.push(piece);
    if (enough(parts)) break;
  }
  return { parts, manifest: null };
}

/** Brings an export in; gives the vault it became. */
async function broughtIn(
  [here, there]: readonly [TestVault, TestVault],
  place: { readonly id: string },
  read: Read,
) {
  const key = await here.vaults.imports.signingKey();
  const { imports } = there.vaults;
  assert.ok(read.manifest !== null);
  await imports.begin(CALLER, { id: place.id, key, manifest: read.manifest, forgotten: null });
  for (const [number, { bytes }] of read.parts.entries()) {
    await imports.part(CALLER, { id: place.id, number, bytes });
  }
  const done = await imports.finish(CALLER, place.id);
  return { ...done, schema: await there.vaults.schema(done.vault) };
}

/** All that a vault shows: records in their order, with tokens and the contents of files. */
async function contentOf({ vaults }: Pick<TestVault, 'vaults'>, vault: VaultSchema) {
  const content: Record<string, unknown> = {};
  for (const table of vault.tables) {
    const select = { kind: 'page', after: null, skip: 0, descending: false } as const;
    const request = { ...READ, vault: vault.id, table: table.name, select, limit: 5_000 };
    const { records } = await vaults.get(request);
    const tokens = await vaults.get({ ...request, tokens: true });
    const files: string[] = [];
    for (const record of records) {
      for (const column of table.columns.filter(({ type }) => type === 'file')) {
        const place = {
          vault: vault.id,
          table: table.name,
          record: record.id,
          column: column.name,
        };
        const file = await vaults
          .download({ ...place, caller: CALLER, ruling: allow() })
          .catch(() => null);
        if (file === null) continue;
        const text = hash('sha256', await textOfPieces(file.content));
        files.push(
          `${record.id} ${column.name} ${file.name} ${file.type} ${file.sizeBytes} ${text}`,
        );
      }
    }
    content[table.name] = {
      records: records.map(({ id, fields }) => ({ id, fields })),
      tokens: tokens.records.map(({ id, fields }) => ({ id, fields })),
      files,
    };
  }
  return content;
}

const upload = (
  vaults: TestVault['vaults'],
  place: { readonly vault: string; readonly record: string | undefined; readonly column?: string },
  content: string,
) =>
  vaults.upload({
    caller: CALLER,
    table: 'people',
    column: 'scan',
    ...place,
    record: place.record ?? '',
    ruling: allow(),
    name: 'scan.txt',
    content: piecesOf(content),
  });

test('an export is of the moment it began, whatever is written meanwhile, read to its end by another process', async () => {
  const [here, there] = [await stand.make({ name: 'crm', tables: [PEOPLE] }), await stand.open()];
  const { vault, vaults, another } = here;
  const rows = Array.from({ length: 1_200 }, (_, i) => ({
    person: `p${i}`,
    mail: `m${i}@example.invalid`,
    pin: CANARY,
  }));
  const written = await insertRows(vaults, vault.id, { table: 'people', rows });
  const ids = written.map(({ record }) => record).toSorted();
  const idAt = (i: number) => ids[i] ?? '';
  const nameOf = (id: string) => written.findIndex(({ record }) => record === id);
  // Small files together, one in pieces, one of no bytes; in pages at both ends.
  for (const i of [0, 3, 1_150])
    await upload(vaults, { vault: vault.id, record: idAt(i) }, `${CANARY} ${i}`);
  await upload(vaults, { vault: vault.id, record: idAt(1) }, '');
  await upload(vaults, { vault: vault.id, record: idAt(1_151) }, CANARY.repeat(900_000));
  const before = await contentOf(here, vault);
  const tokens = await vaults.detokenise({
    caller: CALLER,
    vault: vault.id,
    ruling: allow(),
    tokens: written.flatMap((row) => row.tokens.map(({ token }) => ({ token, redaction: PLAIN }))),
  });

  const place = await there.vaults.imports.open();
  const { recipient } = place;
  const { id, records } = await vaults.exports.open(CALLER, { vault: vault.id, recipient });
  assert.equal(records, 1_200);
  const first = await readOn(vaults, id, { enough: (parts) => parts.at(-1)?.kind === 'records' });
  assert.deepEqual(
    first.parts.map(({ kind }) => kind),
    ['files', 'records'],
  );

  // Records, tokens and files that were given are written, and such as were not.
  here.clock.advance(1);
  await insertRows(vaults, vault.id, {
    table: 'people',
    rows: Array.from({ length: 30 }, (_, i) => ({ person: `new${i}`, pin: 'new' })),
  });
  const update = (i: number, fields: Readonly<Record<string, Json>>) => ({
    kind: 'update' as const,
    table: 'people',
    id: idAt(i),
    fields,
  });
  for (const i of [2, 700, 1_100]) {
    // One takes the unique value that another has left.
    const rowsOf = [update(i, { mail: null, pin: 'changed' })];
    await vaults.write({ caller: CALLER, vault: vault.id, rows: rowsOf, rulings: WRITE_ALL });
    const mail = `m${nameOf(idAt(i))}@example.invalid`;
    const next = [update(i + 1, { mail }), update(i + 1, { pin: 'twice' })];
    await vaults.write({ caller: CALLER, vault: vault.id, rows: next, rulings: WRITE_ALL });
  }
  const remove = [5, 800, 1_150].map(idAt);
  await vaults.remove({
    caller: CALLER,
    vault: vault.id,
    table: 'people',
    records: remove,
    ruling: allow(),
  });
  await upload(vaults, { vault: vault.id, record: idAt(1_151) }, 'another');
  await vaults.tend();

  const second = await readOn(another(), id, { there: first.parts });
  assert.deepEqual(
    second.parts.map(({ kind }) => kind),
    ['files', 'records', 'records', 'files', 'files', 'files', 'files', 'records'],
  );
  assert.ok(!second.parts.some(({ bytes }) => Buffer.from(bytes).includes(CANARY)));
  const { vault: _vault, schema, ...counts } = await broughtIn([here, there], place, second);
  assert.deepEqual(counts, { records: 1_200, tokens: 1_200 * 4, files: 5, leftOut: 0 });
  assert.deepEqual(await contentOf(there, schema), before);
  assert.deepEqual((await there.vaults.verify(CALLER, schema.id)).findings, []);
  const moved = await there.vaults.detokenise({
    caller: CALLER,
    vault: schema.id,
    ruling: allow(),
    tokens: written.flatMap((row) => row.tokens.map(({ token }) => ({ token, redaction: PLAIN }))),
  });
  const shown = (all: typeof tokens) =>
    all.map((one) => (one.kind === 'value' ? one.json : one.kind));
  assert.deepEqual(shown(moved), shown(tokens));
  assert.ok(moved.every(({ kind }) => kind === 'value'));
  // What is left of their time is left of it there.
  there.clock.advance(600_001);
  const [late] = await there.vaults.detokenise({
    caller: CALLER,
    vault: schema.id,
    ruling: allow(),
    tokens: [{ token: tokenOf(written[0], 'pin'), redaction: PLAIN }],
  });
  assert.equal(late?.kind, 'failed');

  // It costs nothing any more once it is over: neither copies nor files.
  const count = async (name: string) =>
    Number((await here.query(`select count(*) from ${name}`)).rows[0].count);
  assert.ok((await count('vault.export_kept')) >= 40);
  assert.equal(await count('vault.trash where held'), 2);
  await vaults.exports.end(CALLER, id);
  for (const name of ['export_kept', 'export_part', 'trash'])
    assert.equal(await count(`vault.${name}`), 0);
  const blobs: string[] = [];
  for await (const { key } of here.blobs.list('files/')) blobs.push(key);
  assert.equal(blobs.length, 4);
  await assert.rejects(readOn(vaults, id), { code: 'gone' });
  await assert.rejects(vaults.exports.end(CALLER, id), { code: 'gone' });
  const kinds = (await here.leaves()).flatMap(({ leaf }) =>
    leaf.kind.startsWith('vault-export') ? [leaf] : [],
  );
  assert.deepEqual(
    kinds.map((leaf) => ('part' in leaf ? leaf.part : leaf.kind)),
    ['vault-exported', 0, 2, 'vault-exported', 'vault-export-ended'],
  );
});

test('whoever is forgotten while an export runs is in no later part of it, nor is what was kept of them', async () => {
  const [here, there] = [await stand.make({ name: 'crm', tables: [PEOPLE] }), await stand.open()];
  const { vault, vaults } = here;
  const rows = ['ada', 'bob'].map((person) => ({
    person,
    mail: `${person}@example.invalid`,
    pin: '1',
  }));
  const written = await insertRows(vaults, vault.id, { table: 'people', rows });
  for (const { record } of written) await upload(vaults, { vault: vault.id, record }, record);
  const place = await there.vaults.imports.open();
  const { id } = await vaults.exports.open(CALLER, { vault: vault.id, recipient: place.recipient });
  await vaults.write({
    caller: CALLER,
    vault: vault.id,
    rows: [{ kind: 'update', table: 'people', id: written[0]?.record ?? '', fields: { pin: '2' } }],
    rulings: WRITE_ALL,
  });
  await vaults.forget({ caller: CALLER, vault: vault.id, table: 'people', subject: 'ada' });
  const { rows: kept } = await here.query('select body, subject_number from vault.export_kept');
  assert.deepEqual(kept, [{ body: null, subject_number: null }]);
  // Nor is there a text of a token that stood for them.
  const texts = await here.query(
    'select record_id, bool_and(gone) as gone, count(sealed)::int as sealed from vault.token where expires_at_ms is not null group by 1',
  );
  const ofAda = texts.rows.find((row) => row.record_id === written[0]?.record);
  assert.deepEqual([ofAda.gone, ofAda.sealed, texts.rows.length], [true, 0, 2]);
  const done = await broughtIn([here, there], place, await readOn(vaults, id));
  assert.deepEqual([done.records, done.files, done.leftOut], [1, 1, 0]);
});

test('the files of whoever was forgotten after the export stay behind, those before it are not brought at all', async () => {
  const [here, there] = [await stand.make({ name: 'crm', tables: [PEOPLE] }), await stand.open()];
  const { vault, vaults } = here;
  const rows = ['ada', 'bob'].map((person) => ({ person }));
  const written = await insertRows(vaults, vault.id, { table: 'people', rows });
  for (const { record } of written)
    await upload(vaults, { vault: vault.id, record }, `file of ${record}`);
  const place = await there.vaults.imports.open();
  const { id } = await vaults.exports.open(CALLER, { vault: vault.id, recipient: place.recipient });
  const { parts, manifest } = await readOn(vaults, id);
  here.clock.advance(1);
  await vaults.forget({ caller: CALLER, vault: vault.id, table: 'people', subject: 'ada' });
  const forgotten = await vaults.forgotten(vault.id);
  const key = await vaults.imports.signingKey();
  const { imports } = there.vaults;
  assert.ok(manifest !== null);
  await imports.begin(CALLER, { id: place.id, key, manifest, forgotten });
  const bring = (number: number) =>
    imports.part(CALLER, { id: place.id, number, bytes: parts[number]?.bytes ?? new Uint8Array() });
  await assert.rejects(bring(1), { code: 'conflict', message: /files first/u });
  const [listed] = await imports.list();
  assert.deepEqual(
    [listed?.id, listed?.name, listed?.parts, listed?.there],
    [place.id, 'crm', 2, 0],
  );
  await bring(0);
  await bring(0);
  await bring(1);
  const { records, files, leftOut } = await imports.finish(CALLER, place.id);
  assert.deepEqual([records, files, leftOut], [1, 1, 1]);
  const blobs: string[] = [];
  for await (const { key: name } of there.blobs.list('')) blobs.push(name);
  assert.equal(blobs.length, 1);
  assert.deepEqual(await imports.list(), []);
});

test('an import with files that is abandoned leaves no blob, whole or in pieces', async () => {
  const [here, there] = [await stand.make({ name: 'crm', tables: [PEOPLE] }), await stand.open()];
  const { vault, vaults } = here;
  const rows = ['ada', 'bob'].map((person) => ({ person }));
  const written = await insertRows(vaults, vault.id, { table: 'people', rows });
  await upload(vaults, { vault: vault.id, record: written[0]?.record ?? '' }, 'small');
  await upload(
    vaults,
    { vault: vault.id, record: written[1]?.record ?? '' },
    'x'.repeat(9_000_000),
  );
  const place = await there.vaults.imports.open();
  const { id } = await vaults.exports.open(CALLER, { vault: vault.id, recipient: place.recipient });
  const { parts, manifest } = await readOn(vaults, id);
  const key = await vaults.imports.signingKey();
  const { imports } = there.vaults;
  assert.ok(manifest !== null && parts.length === 5);
  await imports.begin(CALLER, { id: place.id, key, manifest, forgotten: null });
  const bring = (number: number) =>
    imports.part(CALLER, { id: place.id, number, bytes: parts[number]?.bytes ?? new Uint8Array() });
  await bring(0);
  // A piece needs those before it, and two at once bring it once.
  await assert.rejects(bring(2), { code: 'conflict', message: /before it first/u });
  await Promise.all([bring(1), bring(1)]);
  const blobs = async () => {
    const names: string[] = [];
    for await (const { key: name } of there.blobs.list('')) names.push(name.split('/')[0] ?? '');
    return names;
  };
  assert.deepEqual(await blobs(), ['files', 'imports']);
  await imports.abandon(CALLER, place.id);
  assert.deepEqual(await blobs(), []);
});

test('an export goes on only where it stood, for one reader, while the schema stays; and is given up in time', async () => {
  const here = await stand.make({ name: 'crm', tables: [PEOPLE] });
  const { vault, vaults } = here;
  const rows = Array.from({ length: 1_100 }, (_, i) => ({ person: `p${i}` }));
  await insertRows(vaults, vault.id, { table: 'people', rows });
  const { recipient } = await vaults.imports.open();
  const open = async () => {
    here.clock.advance(1);
    return (await vaults.exports.open(CALLER, { vault: vault.id, recipient })).id;
  };
  // No secret can be shared with a point of low order.
  const low = { vault: vault.id, recipient: 'A'.repeat(43) };
  await assert.rejects(vaults.exports.open(CALLER, low), { code: 'invalid' });
  await assert.rejects(vaults.exports.open(CALLER, { vault: vault.id, recipient: 'AAAA' }), {
    code: 'invalid',
  });
  const id = await open();
  const request = { id, from: 0, last: null, plane: 'pln_example' };
  const slow = vaults.exports.read(CALLER, request)[Symbol.asyncIterator]();
  await slow.next();
  await slow.next();
  await readOn(here.another(), id, { enough: ({ length }) => length === 2 });
  // Whoever read it before gets nothing more.
  await assert.rejects(slow.next(), { code: 'conflict', message: /somebody else/u });
  // Nor a manifest of what is left when all of its parts were made.
  const overtaken = vaults.exports.read(CALLER, request)[Symbol.asyncIterator]();
  for (let i = 0; i < 4; i += 1) assert.notEqual((await overtaken.next()).value?.kind, 'manifest');
  const { parts } = await readOn(here.another(), id, { enough: ({ length }) => length === 2 });
  await assert.rejects(overtaken.next(), { code: 'conflict', message: /somebody else/u });
  const wrong = [
    { ...request, from: 1 },
    { ...request, from: 1, last: 'f'.repeat(64) },
    { ...request, from: 3, last: hash('sha256', parts[1]?.bytes ?? new Uint8Array()) },
    { ...request, last: hash('sha256', parts[0]?.bytes ?? new Uint8Array()) },
  ];
  for (const one of wrong) {
    const walk = vaults.exports.read(CALLER, one)[Symbol.asyncIterator]();
    await assert.rejects(walk.next(), { code: 'conflict', message: /has no part/u });
  }
  const again = await readOn(vaults, id, { there: parts });
  assert.equal(again.parts.length, 3);
  // Made anew, a part is another: what was sealed once is not sealed with the same nonce again.
  const anew = await readOn(vaults, id, { there: parts.slice(0, 1) });
  assert.notDeepEqual(anew.parts[1]?.bytes, parts[1]?.bytes);

  const others = [await open(), await open(), await open()];
  await assert.rejects(open(), { code: 'limit', hint: new RegExp(id, 'u') });
  assert.deepEqual(
    (await vaults.exports.list()).map((one) => [one.id, one.records, one.done]),
    [id, ...others].map((one) => [one, 1_100, one === id ? 1_100 : 0]),
  );
  const change = { kind: 'rename-column', table: 'people', column: 'pin', to: 'number' } as const;
  await vaults.change(CALLER, { vault: vault.id, change });
  await assert.rejects(readOn(vaults, id, { there: parts }), {
    code: 'conflict',
    message: /schema/u,
  });
  here.clock.advance(7 * 24 * 60 * 60 * 1_000 + 1);
  await vaults.tend();
  assert.deepEqual(await vaults.exports.list(), []);
  const told = (await here.leaves()).flatMap(({ leaf }) =>
    leaf.kind === 'vault-export-ended' ? [leaf.reason] : [],
  );
  assert.deepEqual(told, ['expired', 'expired', 'expired', 'expired']);
});

test('large records are read few at a time, and leave in parts of their own', async () => {
  const here = await stand.make({
    name: 'crm',
    tables: [
      {
        name: 'documents',
        columns: ['a', 'b'].map((name) => ({ name, type: 'string' as const })),
      },
    ],
  });
  const { vault, vaults } = here;
  const text = 'x'.repeat(900_000);
  for (let i = 0; i < 8; i += 1) {
    const rows = [{ a: text, b: text }];
    await insertRows(vaults, vault.id, { table: 'documents', rows });
  }
  const { recipient } = await vaults.imports.open();
  const { id } = await vaults.exports.open(CALLER, { vault: vault.id, recipient });
  const opened: number[] = [];
  const query = here.database.pool.query.bind(here.database.pool);
  here.database.pool.query = (async (asked: string | { text: string }, values: unknown[]) => {
    const result = await query(asked as string, values);
    const sent = typeof asked === 'string' ? asked : asked.text;
    if (sent.includes('export_kept k')) opened.push(result.rows.length);
    return result;
  }) as unknown as typeof here.database.pool.query;
  const { parts } = await readOn(vaults, id);
  assert.deepEqual(
    parts.map(({ records }) => records),
    [2, 2, 2, 2],
  );
  assert.deepEqual([opened.length, Math.max(...opened)], [5, 3]);
});

/** A column of each type, and values that it takes. */
const TYPES: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  string: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  bool: fc.boolean(),
  date: fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  datetime: fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  time: fc
    .integer({ min: 0, max: 86_399 })
    .map((at) => new Date(at * 1_000).toISOString().slice(11, 19)),
  json: fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null) as fc.Arbitrary<Json>,
  bytes: fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString('base64')),
};
const KINDS = [
  [],
  [{ shape: uuid }],
  [{ shape: uuid, deterministic: true }],
  [{ shape: uuid, ttlSeconds: 3_600 }],
  [{ shape: uuid, deterministic: true }, { shape: uuid }, { shape: uuid, ttlSeconds: 60 }],
] as const;

test('what is in a vault is in it again after it moved: every type, token kind and file', async () => {
  const [here, there] = [await stand.open(), await stand.open()];
  const column = fc.record({
    type: fc.constantFrom(...Object.keys(TYPES)),
    isArray: fc.boolean(),
    kinds: fc.constantFrom(...KINDS),
  });
  const plan = fc.record({
    columns: fc.array(column, { minLength: 3, maxLength: 8 }),
    files: fc.array(fc.string({ maxLength: 200 }), { maxLength: 3 }),
    seed: fc.integer(),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(plan, async ({ columns, files, seed }) => {
      round += 1;
      const made = columns.map(({ type, isArray, kinds }, i) => {
        const tokens = type === 'json' || isArray ? [] : kinds;
        return {
          name: `c${i}`,
          type,
          isArray,
          tokens: tokens.map((kind, n) => ({ ...kind, group: `g${i}-${n}` })),
        } as const;
      });
      const tables = [
        {
          name: 'people',
          columns: [...made, { name: 'scan', type: 'file' }, { name: 'photo', type: 'file' }],
        },
        { name: 'empty', columns: [{ name: 'nothing', type: 'string' }] },
      ] as unknown as Parameters<typeof here.vaults.create>[1]['tables'];
      const vault = await here.vaults.create(CALLER, { name: `v${round}`, tables });
      const shape = Object.fromEntries(
        made.map(({ name, type, isArray }) => {
          const value = TYPES[type] as fc.Arbitrary<Json>;
          const one: fc.Arbitrary<Json> = isArray
            ? fc.array(value, { minLength: 1, maxLength: 3 })
            : value;
          return [name, fc.option(one, { freq: 5 })];
        }),
      );
      const rows = fc.sample(fc.record(shape), { seed, numRuns: 12 });
      const written = await insertRows(here.vaults, vault.id, { table: 'people', rows });
      for (const [i, content] of files.entries()) {
        const place = {
          vault: vault.id,
          record: written[i]?.record,
          column: i === 1 ? 'photo' : 'scan',
        };
        await upload(here.vaults, place, content);
      }
      const place = await there.vaults.imports.open();
      const { id } = await here.vaults.exports.open(CALLER, {
        vault: vault.id,
        recipient: place.recipient,
      });
      const read = await readOn(here.vaults, id);
      await here.vaults.exports.end(CALLER, id);
      const { schema } = await broughtIn([here, there], place, read);
      assert.deepEqual(await contentOf(there, schema), await contentOf(here, vault));
      const tokens = written.flatMap((row) =>
        row.tokens.map(({ token }) => ({ token, redaction: PLAIN })),
      );
      const both: Json[][] = [];
      for (const [{ vaults }, of] of [
        [here, vault.id],
        [there, schema.id],
      ] as const) {
        const asked = { caller: CALLER, vault: of, ruling: allow(), tokens };
        const shown = await vaults.detokenise(asked);
        both.push(shown.map((one) => (one.kind === 'value' ? one.json : one.problem.message)));
      }
      assert.deepEqual(both[1], both[0]);
    }),
    { numRuns: 6 },
  );
});
