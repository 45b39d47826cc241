import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { check, decide, parseDocuments, prepare, runTests } from '#engines/policy';
import type { Authored, Decision, FactsInput, PolicyView, SqlTemplate } from '#engines/policy';
import { startTestCluster } from '#platform/db/testcluster';
import type { TestCluster } from '#platform/db/testcluster';
import { buildDemo } from './build.ts';
import { marksBySource, readCast, readMarkings } from './cast.ts';
import type { Cast, SourceMarks } from './cast.ts';
import { DEMO_SEED } from './dataset.ts';

const FOLDER = new URL('../../../examples/demo/', import.meta.url);
const NOW_MS = Date.UTC(2026, 10, 20);

const cast = readCast(readFileSync(new URL('people.yaml', FOLDER), 'utf8'));
const marks = marksBySource(readMarkings(readFileSync(new URL('tags.yaml', FOLDER), 'utf8')));
const files = globSync('policies/*.yaml', { cwd: FOLDER }).sort();

let cluster: TestCluster;
let client: Client;
let set: readonly Authored[];
let input: FactsInput;
let view: PolicyView;

before(async () => {
  cluster = await startTestCluster();
  client = new Client({ connectionString: (await cluster.createDatabase()).url });
  await client.connect();
  const world = { seed: DEMO_SEED, anchorMs: Date.UTC(2026, 11, 1), sizePercent: 1 };
  await buildDemo(client, world, () => undefined);
  set = files.flatMap((file) => read(file));
  input = factsOf(set, await sourcesOf(marks));
  view = prepare(input, {
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
});

after(async () => {
  await client.end();
  await cluster.stop();
});

function read(file: string): readonly Authored[] {
  const { documents, problems } = parseDocuments(readFileSync(new URL(file, FOLDER), 'utf8'), file);
  assert.deepEqual(problems, []);
  return documents;
}

function factsOf(documents: readonly Authored[], sources: FactsInput['sources']): FactsInput {
  const all = documents.map(({ document }) => document);
  const projects = all.filter((document) => document.kind === 'Project');
  return {
    subjects: subjectsOf(cast),
    sources,
    purposes: all.filter((document) => document.kind === 'Purpose'),
    projects: projects.map((project) => ({
      ...project,
      id: `prj_${project.name}`,
      members: cast.members
        .filter((member) => member.project === project.name)
        .flatMap((member) => member.people)
        .map((name) => ({ subject: `sub_${name}`, acknowledged: project.purposes })),
    })),
    policies: documents
      .filter(({ document }) => document.kind.endsWith('Policy'))
      .map(({ json }) => json),
  };
}

function subjectsOf({ people, services }: Cast): FactsInput['subjects'] {
  const all = [
    ...people.map((person) => ({ ...person, kind: 'person' as const })),
    ...services.map((service) => ({ ...service, kind: 'service' as const })),
  ];
  return all.map(({ name, kind, groups, attributes }) => ({
    id: `sub_${name}`,
    name,
    kind,
    state: 'active',
    groups,
    attributes,
  }));
}

async function sourcesOf(marked: readonly SourceMarks[]): Promise<FactsInput['sources']> {
  const { rows } = await client.query<{
    schema: string;
    name: string;
    column: string;
    type: string;
  }>(
    `select nspname as schema, relname as name, attname as column, format_type(atttypid, atttypmod) as type
     from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
     where attnum > 0 and relkind in ('r', 'p', 'v', 'm') and nspname in ('clinic', 'payroll', 'orders', 'odd')
     order by c.oid, attnum`,
  );
  return [...Map.groupBy(rows, (row) => `${row.schema}.${row.name}`)].map(([full, columns]) => {
    const found = marked.find((source) => `${source.schema}.${source.name}` === full);
    const tags = (names: readonly string[] = []) => names.map((name) => ({ name }));
    return {
      id: `src_${full}`,
      system: 'demo',
      schema: columns[0]?.schema ?? '',
      name: columns[0]?.name ?? '',
      state: 'active' as const,
      tags: tags(found?.tags),
      columns: columns.map(({ column, type }) => ({
        name: column,
        type,
        tags: tags(found?.columns[column]),
      })),
    };
  });
}

function decisions(): readonly Decision[] {
  const acting = [
    [null, null],
    ...set
      .map(({ document }) => document)
      .filter((document) => document.kind === 'Project')
      .flatMap((project) => project.purposes.map((purpose) => [project.name, purpose] as const)),
  ] as const;
  return input.subjects.flatMap((subject) =>
    input.sources.flatMap((source) =>
      acting.map(([project, purpose]) =>
        decide(view, {
          subject: subject.id,
          source: source.id,
          project,
          purpose,
          operation: 'select',
          nowMs: NOW_MS,
        }),
      ),
    ),
  );
}

test('check warns only of the fall-back to null that the demo shows on purpose', () => {
  const { errors, warnings } = check(set, { ...input, projects: [], purposes: [] });
  const told = (problems: typeof errors) => problems.map((problem) => problem.message);
  assert.deepEqual(told(errors), []);
  // A domain over text is not text: what cannot be masked as asked is NULL, never clear.
  const column = '`demo.clinic.clinicians.email` (clinic.email_address)';
  assert.deepEqual(told(warnings), [
    `\`emails\`: \`regex\` becomes NULL on ${column}`,
    `\`emails\`: \`hash\` becomes NULL on ${column}`,
  ]);
});

test('runTests holds every PolicyTest of the demo', () => {
  const tests = set
    .map(({ document }) => document)
    .filter((document) => document.kind === 'PolicyTest');
  const outcomes = runTests(view, tests, NOW_MS);
  assert.ok(outcomes.length >= 15, String(outcomes.length));
  assert.deepEqual(
    outcomes.filter(({ failures }) => failures.length > 0),
    [],
  );
});

test('the demo shows every mask, conditional ones too', () => {
  const shows = decisions().flatMap((decision) => decision.columns.map(({ show }) => show));
  const kinds = new Set(shows.map((show) => (show.kind === 'mask' ? show.mask.kind : show.kind)));
  assert.deepEqual([...kinds].sort(), [
    'clear',
    'constant',
    'format-preserving',
    'hash',
    'hidden',
    'null',
    'partial',
    'regex',
    'reversible',
    'round',
    'sql',
  ]);
  const rounds = shows.flatMap((show) =>
    show.kind === 'mask' && show.mask.kind === 'round' ? Object.keys(show.mask) : [],
  );
  assert.ok(rounds.includes('bucket') && rounds.includes('unit'));
  assert.ok(shows.some((show) => show.kind === 'mask' && show.where !== null));
});

test('the demo shows every row rule', () => {
  const filters = JSON.stringify(decisions().map(({ filter }) => filter));
  for (const kind of ['never', 'and', 'in', 'within', 'sample', 'sql']) {
    assert.ok(filters.includes(`"kind":"${kind}"`), kind);
  }
  const text = files.map((file) => readFileSync(new URL(file, FOLDER), 'utf8')).join('\n');
  for (const word of [
    'match:',
    'newerThan:',
    'purposes:',
    'sample:',
    'sql:',
    'except:',
    'otherwise:',
    'required',
    'shared',
  ]) {
    assert.ok(text.includes(word), word);
  }
});

// At the gateway a partition follows its table; as a source of its own it has no policy, and so nobody.
test('policy gives nobody the odd schema, or anything else without a tag', () => {
  const open = decisions().filter(({ effect }) => effect === 'allow');
  assert.ok(open.length > 0);
  const shut = input.sources.filter((source) => source.tags.length === 0);
  assert.ok(
    shut.some(({ name }) => name.startsWith('visits_20')) &&
      shut.some(({ schema }) => schema === 'odd'),
  );
  for (const source of shut) {
    for (const subject of input.subjects) {
      const request = { subject: subject.id, source: source.id, project: null, purpose: null };
      const decision = decide(view, { ...request, operation: 'select', nowMs: NOW_MS });
      assert.equal(decision.effect, 'deny', source.name);
    }
  }
});

test('every mask and filter written in SQL runs on the demo', async () => {
  const seen = new Set<string>();
  for (const decision of decisions()) {
    const filter = decision.filter?.kind === 'sql' ? [decision.filter.template] : [];
    const masks = decision.columns.flatMap(({ show }) =>
      show.kind === 'mask' && show.mask.kind === 'sql' ? [show.mask.expression] : [],
    );
    const source = input.sources.find(({ columns }) =>
      columns.every(({ name }, index) => decision.columns[index]?.name === name),
    );
    if (source === undefined) continue;
    for (const template of [...filter, ...masks]) {
      const sql = `select (${textOf(template)}) from ${source.schema}."${source.name}" limit 5`;
      if (seen.has(sql)) continue;
      seen.add(sql);
      await client.query(sql);
    }
  }
  assert.ok(seen.size >= 4, String(seen.size));
});

function textOf(template: SqlTemplate): string {
  return template
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('column' in piece) return `"${piece.column}"`;
      if ('text' in piece) return client.escapeLiteral(piece.text);
      return `array[${piece.texts.map((text) => client.escapeLiteral(text)).join(',')}]::text[]`;
    })
    .join('');
}
