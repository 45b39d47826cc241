import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addTag, dropTag, findSource } from '#control/catalog';
import type { TestOffice } from '../../../test/control/office.ts';
import { openObserveStand } from '../../../test/observe/stand.ts';
import type { ObserveStand } from '../../../test/observe/stand.ts';
import { lineageOf } from './lineage.ts';
import { carried, carryTags } from './lineagetag.ts';

let stand: ObserveStand;
let office: TestOffice;

before(async () => {
  stand = await openObserveStand();
  ({ office } = stand);
});
after(() => stand.close());

const table = (name: string) => ({ database: 'demo', schema: 'clinic', name });
const PATIENTS = table('patients');
const VISITS = table('visits');
const STAGED = table('staged_patients');

type Edge = readonly [column: string, from: { name: string }, fromColumn: string];

async function made(
  of: { name: string },
  edges: readonly Edge[],
  completeness: 'full' | 'partial' = 'full',
): Promise<void> {
  const columns = Map.groupBy(edges, ([column]) => column);
  await stand.take({
    kind: 'lineage',
    relations: [
      {
        table: of,
        origin: 'view',
        node: null,
        tables: edges.map(([, from]) => from),
        completeness,
        columns: [...columns].map(([name, list]) => ({
          name,
          from: list.map(([, from, column]) => ({ table: from, column })),
        })),
      },
    ],
    removed: [],
  });
}

async function tags(source: string): Promise<readonly string[]> {
  const { columns } = await findSource(office.pool, source);
  return columns.flatMap((column) =>
    column.tags.map((tag) => `${column.name} ${tag.name} ${tag.by.kind} ${tag.by.name}`),
  );
}

const SSN = 'demo.clinic.patients';

test('tags go along columns, through tables nobody registered, and come off again with what they come from', async () => {
  const by = { kind: 'person', name: 'test' } as const;
  const tag = { source: SSN, column: 'ssn', tag: 'PII.NationalId', by, define: true };
  await office.does((work) => addTag(work, tag));
  await made(STAGED, [['number', PATIENTS, 'ssn']]);
  await made(VISITS, [
    ['patient_id', STAGED, 'number'],
    ['seen_at', PATIENTS, 'region'],
  ]);
  assert.equal(await office.does(carryTags), true);
  assert.deepEqual(await tags('demo.clinic.visits'), [
    'patient_id PII.NationalId lineage demo.clinic.patients.ssn',
  ]);
  assert.equal(await office.does(carryTags), false, 'nothing changed since');
  await office.does((work) => dropTag(work, { source: SSN, column: 'ssn', tag: 'PII.NationalId' }));
  assert.equal(await office.does(carryTags), true);
  assert.deepEqual(await tags('demo.clinic.visits'), []);
});

test('a tag stays where lineage is only partly known, and a person has the last word', async () => {
  const by = { kind: 'person', name: 'test' } as const;
  const tag = { source: SSN, column: 'email', tag: 'PII.Email', by, define: true };
  await office.does((work) => addTag(work, tag));
  await made(VISITS, [['seen_at', PATIENTS, 'email']]);
  await office.does(carryTags);
  const carriedTag = ['seen_at PII.Email lineage demo.clinic.patients.email'];
  assert.deepEqual(await tags('demo.clinic.visits'), carriedTag);
  await made(VISITS, [], 'partial');
  await office.does(carryTags);
  assert.deepEqual(await tags('demo.clinic.visits'), carriedTag, 'not known is not gone');
  await made(VISITS, [['seen_at', PATIENTS, 'email']]);
  const place = { source: 'demo.clinic.visits', column: 'seen_at', tag: 'PII.Email' };
  await office.does((work) => dropTag(work, place));
  await office.does(carryTags);
  assert.deepEqual(await tags('demo.clinic.visits'), [], 'what a person took off stays off');
});

test('lineageOf shows tables both ways, and columns with what they come from', async () => {
  await made(STAGED, [['number', PATIENTS, 'ssn']]);
  await made(VISITS, [['patient_id', STAGED, 'number']]);
  const { nodes, edges, columns, completeness } = await lineageOf(
    office.pool,
    'demo.clinic.staged_patients',
    3,
  );
  assert.deepEqual(nodes.map(({ name, distance }) => `${distance} ${name}`).toSorted(), [
    '-1 demo.clinic.patients',
    '0 demo.clinic.staged_patients',
    '1 demo.clinic.visits',
  ]);
  assert.equal(edges.length, 2);
  assert.equal(completeness, 'full');
  assert.deepEqual(columns, [
    {
      column: 'number',
      from: ['demo.clinic.patients.ssn'],
      into: ['demo.clinic.visits.patient_id'],
    },
  ]);
  await assert.rejects(lineageOf(office.pool, 'demo.clinic.nothing', 3), { code: 'not-found' });
});

test('carried comes to an end in a circle', () => {
  const edge = (from: string, to: string) => ({
    from_key: from,
    from_source: from,
    from_column: 'c',
    to_key: to,
    to_source: to,
    to_column: 'c',
  });
  const tagged = [{ sourceId: 'a', fullName: 'a', column: 'c', tags: ['T'] }];
  const found = carried(tagged, [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'b')]);
  assert.deepEqual(found.map(({ sourceId }) => sourceId).toSorted(), ['b', 'c']);
});

test('tags go along what dbt’s compiled SQL says a table is made of, too', async () => {
  const by = { kind: 'person', name: 'test' } as const;
  const tag = { source: SSN, column: 'region', tag: 'PII.Region', by, define: true };
  await office.does((work) => addTag(work, tag));
  await stand.take({
    kind: 'lineage',
    relations: [
      {
        table: VISITS,
        origin: 'dbt',
        node: 'model.clinic.visits',
        tables: [PATIENTS],
        completeness: 'full',
        columns: [{ name: 'patient_id', from: [{ table: PATIENTS, column: 'region' }] }],
      },
    ],
    removed: [],
  });
  await office.does(carryTags);
  assert.ok(
    (await tags('demo.clinic.visits')).includes(
      'patient_id PII.Region lineage demo.clinic.patients.region',
    ),
  );
});
