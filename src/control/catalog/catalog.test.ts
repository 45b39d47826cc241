import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DictionaryRelation } from '#boundary';
import { checkFact, OWNERS_MAX, TAGS_MAX } from '#boundary';
import { createSubject, listActs } from '#control/identity';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import * as catalog from './mod.ts';
import type { DictionaryFact } from './dictionary.ts';

let office: TestOffice;
let facts = 0;
let registrar = '';
const SYSTEM = { id: 'sys_00000000000000000000000000', name: 'demo' } as const;
const BY = { kind: 'person', name: 'test' } as const;
const SEEN = { columnsAtRegistration: 'seen' } as const;

before(async () => {
  office = await openTestOffice();
  registrar = await office.does((work) =>
    createSubject(work, { name: 'rita.registrar', kind: 'person' }),
  );
});
after(() => office.close());

test('takeDictionary waits for every part, then makes the sources known without `New`', async () => {
  await take([table('patients', { id: 'uuid', ssn: 'text' })], { part: 1, parts: 2, digest: 'a' });
  assert.deepEqual(await names(), []);
  await take([table('visits', { id: 'bigint' })], { part: 2, parts: 2, digest: 'a' });
  assert.deepEqual(await names(), ['demo.clinic.patients', 'demo.clinic.visits']);
  const patients = await catalog.findSource(office.pool, 'demo.clinic.patients');
  assert.equal(patients.unreviewedCount, 0);
  assert.deepEqual(patients.owners, ['rita.registrar']);
  assert.deepEqual(
    patients.columns.map((column) => [column.name, column.type, column.inKey]),
    [
      ['id', 'uuid', true],
      ['ssn', 'text', false],
    ],
  );
});

test('takeDictionary tags columns found later, or changed, `New`', async () => {
  await take(
    [
      table('patients', { id: 'bigint', ssn: 'text', email: 'text' }),
      table('visits', { id: 'bigint' }),
      table('labs', { id: 'bigint' }),
    ],
    { digest: 'b' },
  );
  assert.deepEqual(await unreviewed('patients'), ['email', 'id']);
  assert.deepEqual(await unreviewed('visits'), []);
  assert.deepEqual(await unreviewed('labs'), ['id']);
});

test('takeDictionary the same again changes nothing', async () => {
  const before = await dump();
  await take(
    [
      table('patients', { id: 'bigint', ssn: 'text', email: 'text' }),
      table('visits', { id: 'bigint' }),
      table('labs', { id: 'bigint' }),
    ],
    { digest: 'b' },
  );
  assert.deepEqual(await dump(), before);
});

test('takeDictionary ignores a version that is not newer', async () => {
  await take([], { digest: 'e', version: 3 });
  assert.equal((await names()).length, 3);
});

test('review takes `New` off the columns named, then off the rest', async () => {
  await office.does((work) => catalog.review(work, 'demo.clinic.patients', ['email']));
  assert.deepEqual(await unreviewed('patients'), ['id']);
  await office.does((work) => catalog.review(work, 'demo.clinic.patients'));
  assert.deepEqual(await unreviewed('patients'), []);
  const source = await catalog.findSource(office.pool, 'demo.clinic.patients');
  assert.equal(source.reviewedBy, 'test');
});

test('addTag refuses an unknown tag with the nearest, and remembers who put it', async () => {
  await office.does((work) =>
    catalog.defineTag(work, { name: 'PII.NationalId', sensitive: true, description: 'state ids' }),
  );
  const place = { source: 'demo.clinic.patients', column: 'ssn', by: BY };
  await assert.rejects(
    office.does((work) => catalog.addTag(work, { ...place, tag: 'pii.nationalid' })),
    { code: 'not-found', hint: 'did you mean `PII.NationalId`?' },
  );
  await office.does((work) => catalog.addTag(work, { ...place, tag: 'PII.NationalId' }));
  const source = await catalog.findSource(office.pool, 'demo.clinic.patients');
  const ssn = source.columns.find((column) => column.name === 'ssn');
  assert.deepEqual(ssn?.tags, [{ name: 'PII.NationalId', by: BY }]);
  const tags = await catalog.listTags(office.pool, 'PII');
  assert.deepEqual(
    tags.map((tag) => [tag.name, tag.sensitive, tag.columns]),
    [
      ['PII', false, 0],
      ['PII.NationalId', true, 1],
    ],
  );
  assert.deepEqual(await catalog.sensitiveTags(office.pool), ['New', 'PII.NationalId']);
});

test('tags in use stay, and `New` is nobody’s to put or take', async () => {
  const place = { source: 'demo.clinic.visits', tag: 'New' };
  await assert.rejects(
    office.does((work) => catalog.removeTag(work, 'PII')),
    { code: 'conflict' },
  );
  await assert.rejects(
    office.does((work) => catalog.addTag(work, { ...place, by: BY })),
    { code: 'denied' },
  );
  await assert.rejects(
    office.does((work) => catalog.dropTag(work, place)),
    { code: 'denied' },
  );
  for (const name of ['', '.', 'A..B', 'a b', '1.2.3.4.5.6.7.8.9', `x${'y'.repeat(63)}`]) {
    assert.throws(() => catalog.tagName(name), { code: 'invalid' });
  }
});

test('describe, owners and state reach the bundle', async () => {
  const source = 'demo.clinic.visits';
  await office.does(async (work) => {
    await createSubject(work, { name: 'olga.owner', kind: 'person' });
    await catalog.describe(work, { source }, 'every visit since 2020');
    await catalog.describe(work, { source, column: 'id' }, 'number on the form');
    await catalog.addOwner(work, source, 'olga.owner');
    await catalog.setSourceState(work, source, 'disabled');
  });
  const carried = await catalog.catalogSources(office.pool, 'main');
  const visits = carried.find((one) => one.name === 'visits');
  assert.deepEqual(
    { ...visits, id: 'x' },
    {
      id: 'x',
      system: 'demo',
      schema: 'clinic',
      name: 'visits',
      state: 'disabled',
      description: 'every visit since 2020',
      owners: ['olga.owner', 'rita.registrar'],
      tags: [],
      columns: [{ name: 'id', type: 'bigint', description: 'number on the form', tags: [] }],
    },
  );
});

test('findSource names the nearest when there is none of that name', async () => {
  await assert.rejects(catalog.findSource(office.pool, 'demo.public.patients'), {
    code: 'not-found',
    hint: 'did you mean `demo.clinic.patients`?',
  });
  await assert.rejects(catalog.findSource(office.pool, 'demo.clinic.patinets'), {
    code: 'not-found',
    hint: 'did you mean `demo.clinic.patients`?',
  });
});

test('listSources searches names, columns, descriptions and tags, and means patterns literally', async () => {
  assert.deepEqual(await names({ search: 'email' }), ['demo.clinic.patients']);
  assert.deepEqual(await names({ search: 'since 2020' }), ['demo.clinic.visits']);
  assert.deepEqual(await names({ search: '%' }), []);
  assert.deepEqual(await names({ search: 'a_ien' }), []);
  assert.deepEqual(await names({ state: 'disabled' }), ['demo.clinic.visits']);
  assert.deepEqual((await names({ after: 'demo.clinic.labs' })).length, 2);
});

test('a table that goes away leaves the bundle, and comes back with every column `New`', async () => {
  await take([table('patients', { id: 'bigint', ssn: 'text', email: 'text' })], { digest: 'c' });
  assert.deepEqual(await names(), ['demo.clinic.patients']);
  assert.equal((await catalog.catalogSources(office.pool, 'main')).length, 1);
  await take(
    [
      table('patients', { id: 'bigint', ssn: 'text', email: 'text' }),
      table('labs', { id: 'bigint', result: 'text' }),
    ],
    { digest: 'd' },
  );
  assert.deepEqual(await unreviewed('labs'), ['id', 'result']);
  assert.deepEqual(await unreviewed('patients'), []);
});

test('a system registered again under its name keeps its tags and gets `New` everywhere', async () => {
  await take([], { digest: 'e', state: 'removed' });
  assert.deepEqual(await names(), []);
  const again = { ...SYSTEM, id: 'sys_00000000000000000000000001' } as const;
  await take([table('patients', { id: 'bigint', ssn: 'text' })], { digest: 'f', system: again });
  const source = await catalog.findSource(office.pool, 'demo.clinic.patients');
  const tags = Object.fromEntries(
    source.columns.map((column) => [column.name, column.tags.map((tag) => tag.name)]),
  );
  assert.deepEqual(tags, { id: ['New'], ssn: ['New', 'PII.NationalId'] });
});

test('ownsSource judges the source the name finds, not another of that name on another plane', async () => {
  const name = 'demo.clinic.patients';
  const mallory = await office.does((work) =>
    createSubject(work, { name: 'mallory.reader', kind: 'person' }),
  );
  const owner = await office.does((work) => createSubject(work, { name: 'o.k', kind: 'person' }));
  await office.does((work) => catalog.addOwner(work, name, 'o.k'));
  const other = { plane: 'other', registeredBy: mallory } as const;
  await take([table('patients', { id: 'bigint' })], { ...other, digest: '1' });
  assert.equal(await catalog.ownsSource(office.pool, name, mallory), false, 'one of two');
  await take([], { ...other, digest: '2', state: 'removed' });
  assert.equal(await catalog.ownsSource(office.pool, name, mallory), false, 'of one that is gone');
  assert.equal(await catalog.ownsSource(office.pool, name, owner), true);
  assert.equal(await catalog.ownsSource(office.pool, 'demo.clinic.nowhere', owner), false);
});

test('every change of the catalog left an act', async () => {
  const acts = await listActs(office.pool, { limit: 100 });
  const seen = new Set(acts.map((act) => act.action));
  for (const action of ['source-changed', 'source-reviewed', 'tag-added', 'source-disabled']) {
    assert.ok(seen.has(action), `expected an act ${action}`);
  }
});

test('no source gets more tags or owners than a bundle carries', async () => {
  const source = 'demo.clinic.patients';
  await office.does(async (work) => {
    for (let i = 0; i < TAGS_MAX - 1; i++) {
      await catalog.addTag(work, { source, tag: `Many.T${i}`, by: BY, define: true });
    }
    const { owners } = await catalog.findSource(work.tx, source);
    for (let i = owners.length; i < OWNERS_MAX; i++) {
      await createSubject(work, { name: `many.${i}`, kind: 'person' });
      await catalog.addOwner(work, source, `many.${i}`);
    }
  });
  const oneMore = { source, tag: 'PII.NationalId', by: BY };
  await assert.rejects(
    office.does((work) => catalog.addTag(work, oneMore)),
    { code: 'limit' },
  );
  await assert.rejects(
    office.does((work) => catalog.addOwner(work, source, 'mallory.reader')),
    { code: 'limit' },
  );
  assert.throws(() => catalog.tagName(Array(5).fill('x'.repeat(60)).join('.')), {
    code: 'invalid',
  });
});

type Part = Partial<Pick<DictionaryFact, 'part' | 'parts' | 'state' | 'version'>> & {
  readonly digest: string;
  readonly system?: DictionaryFact['system'];
  readonly plane?: string;
  readonly registeredBy?: DictionaryFact['registeredBy'];
};

async function take(relations: readonly DictionaryRelation[], part: Part): Promise<void> {
  const fact = checkFact({
    format: 'privet-fact/v1',
    kind: 'dictionary',
    plane: part.plane ?? 'main',
    number: ++facts,
    timeMs: office.clock(),
    system: part.system ?? SYSTEM,
    registeredBy: part.registeredBy ?? registrar,
    registeredAtMs: office.clock(),
    version: part.version ?? facts,
    state: part.state ?? 'present',
    mode: 'splice',
    engine: 'postgresql',
    serverVersion: 180_004,
    digest: part.digest.repeat(64),
    part: part.part ?? 1,
    parts: part.parts ?? 1,
    relations,
  }) as DictionaryFact;
  await office.does((work) => catalog.takeDictionary(work, fact, SEEN));
}

function table(name: string, columns: Readonly<Record<string, string>>): DictionaryRelation {
  return {
    schema: 'clinic',
    name,
    relation: 'table',
    description: '',
    parents: [],
    primaryKey: ['id'],
    foreignKeys: [],
    columns: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      notNull: true,
      description: '',
    })),
  };
}

async function names(filter: Partial<catalog.SourceFilter> = {}): Promise<readonly string[]> {
  const sources = await catalog.listSources(office.pool, { limit: 100, ...filter });
  return sources.map((source) => source.fullName);
}

async function unreviewed(name: string): Promise<readonly string[]> {
  const source = await catalog.findSource(office.pool, `demo.clinic.${name}`);
  const isNew = source.columns.filter((column) => column.tags.some((tag) => tag.name === 'New'));
  return isNew.map((column) => column.name).sort();
}

async function dump(): Promise<unknown> {
  const { rows } = await office.pool.query(
    'select source_id, column_name, tag from catalog.tagging order by 1, 2, 3',
  );
  return [rows, await catalog.catalogSources(office.pool, 'main')];
}
