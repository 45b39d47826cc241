import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  check,
  decide,
  explain,
  needsConfirmation,
  parseDocuments,
  plan,
  prepare,
  runTests,
  sentence,
  withoutValues,
} from './mod.ts';
import type { PolicyTest, PolicyView, SourceFacts, SubjectFacts, World } from './mod.ts';

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };
const column = (name: string, type: string, ...tags: string[]) => ({
  name,
  type,
  tags: tags.map((one) => ({ name: one })),
});
const patients: SourceFacts = {
  id: 'src_patients',
  system: 'demo',
  schema: 'clinic',
  name: 'patients',
  state: 'active',
  tags: [],
  columns: [
    column('id', 'bigint'),
    column('email', 'text', 'PII.Email'),
    column('region', 'text', 'Geo.Region'),
  ],
};
const person = (name: string, groups: string[]): SubjectFacts => ({
  id: `sub_${name}`,
  name,
  kind: 'person',
  state: 'active',
  groups,
  attributes: { region: [name === 'ana' ? 'EU' : 'US'] },
});
const world: World = {
  subjects: [person('ana', ['analysts']), person('bo', ['clinicians']), person('cy', [])],
  sources: [patients],
  projects: [],
  purposes: [],
};
const read = (text: string) => parseDocuments(text).documents;
const view = (text: string): PolicyView =>
  prepare({ ...world, policies: read(text).map(({ json }) => json) }, tools);

const staff = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: staff
target: { sources: ['demo.clinic.*'] }
allow: { groups: [analysts, clinicians] }
`;
const masked = `
---
apiVersion: privet/v1
kind: DataPolicy
name: emails
mask: { columns: { tags: [PII.Email] }, with: hash, for: { groups: [analysts] }, otherwise: [ { with: 'null' } ] }
`;
const regional = `
---
apiVersion: privet/v1
kind: DataPolicy
name: regional
target: { all: true }
rows: { keep: { match: { column: region, attribute: region } } }
`;

describe('plan', () => {
  it('names who gains what and asks before something sensitive shows', () => {
    const diff = plan(view(''), view(staff + masked), { nowMs: 0 });
    assert.deepEqual(diff.counts, {
      people: 2,
      sources: 1,
      columns: 3,
      gains: 2,
      loses: 0,
      differs: 0,
    });
    assert.deepEqual(
      diff.changes.map(({ people, direction }) => [people, direction]),
      [
        [['ana'], 'gains'],
        [['bo'], 'gains'],
      ],
    );
    assert.deepEqual(diff.sensitive, [
      { source: 'demo.clinic.patients', column: 'email', tags: ['PII.Email'], people: ['ana'] },
    ]);
    assert.ok(needsConfirmation(diff));
  });

  it('is empty when nothing changes, and needs no yes when people only lose', () => {
    const same = plan(view(staff), view(staff), { nowMs: 0 });
    assert.deepEqual([same.changes, same.sensitive], [[], []]);
    const less = plan(view(staff), view(staff + masked + regional), { nowMs: 0 });
    assert.deepEqual(less.counts, {
      people: 2,
      sources: 1,
      columns: 1,
      gains: 0,
      loses: 2,
      differs: 0,
    });
    assert.ok(!needsConfirmation(less));
    // Region values differ between the two; their change of rows is still told in one line without them.
    assert.ok(less.changes.every((change) => change.rows?.after === 'region in (1 values)'));
  });

  it('asks when rows of a sensitive column widen or a mask of it changes', () => {
    const open = plan(view(staff + regional), view(staff), { nowMs: 0 });
    assert.deepEqual(open.sensitive[0]?.people, ['ana', 'bo']);
    const keep = (last: number) =>
      staff + masked.replace("'null'", `{ kind: partial, keepLast: ${last} }`);
    assert.deepEqual(plan(view(keep(2)), view(keep(9)), { nowMs: 0 }).sensitive[0]?.people, ['bo']);
    assert.deepEqual(
      plan(view(keep(2)), view(keep(9)), { nowMs: 0, sensitive: ['Geo'] }).sensitive,
      [],
    );
  });

  it('agrees with asking everyone one by one', () => {
    const [before, after] = [view(staff), view(masked + regional + staff)];
    const diff = plan(before, after, { nowMs: 0 });
    const ask = (subject: string) =>
      [before, after].map((one) =>
        decide(one, {
          subject,
          project: null,
          purpose: null,
          source: 'src_patients',
          operation: 'select',
          nowMs: 0,
        }),
      );
    for (const { id, name } of world.subjects) {
      const [old, now] = ask(id);
      const changed = diff.changes.some((change) => change.people.includes(name));
      assert.equal(changed, old?.audience !== now?.audience, name);
    }
  });
});

describe('runTests', () => {
  const tests = (expect: string, as = 'user: ana') =>
    read(`
apiVersion: privet/v1
kind: PolicyTest
name: t
cases: [ { as: { ${as} }, source: demo.clinic.patients, expect: ${expect} } ]`).map(
      ({ document }) => document as PolicyTest,
    );
  const failures = (expect: string, as?: string) =>
    runTests(view(staff + masked + regional), tests(expect, as), 0)[0]?.failures;

  it('passes what holds and says what does not', () => {
    assert.deepEqual(
      failures('{ effect: allow, rows: filtered, columns: { email: hash, id: clear } }'),
      [],
    );
    assert.deepEqual(failures('{ effect: deny }', 'groups: []'), []);
    assert.deepEqual(failures('{ effect: allow, rows: none }', 'groups: [clinicians]'), []);
    assert.deepEqual(failures('{ effect: deny }'), ['expected deny, got allow']);
    assert.deepEqual(
      failures("{ effect: allow, rows: all, columns: { email: 'null', zip: clear } }"),
      [
        'rows expected all, got filtered',
        '`email` expected null, got hash (key source/src_patients)',
        'the source has no column `zip`',
      ],
    );
    assert.deepEqual(failures('{ effect: allow }', 'user: dee'), ['no user is known as `dee`']);
  });
});

describe('check', () => {
  const findings = (text: string) => {
    const { errors, warnings } = check(read(text), world);
    const lines = (problems: typeof errors) =>
      problems.map(({ message, hint }) => `${message}${hint === undefined ? '' : ` | ${hint}`}`);
    return { errors: lines(errors), warnings: lines(warnings) };
  };

  it('finds nothing in a good set', () => {
    assert.deepEqual(findings(staff + masked + regional), { errors: [], warnings: [] });
  });

  it('finds names used twice, unknown names and what cannot be applied', () => {
    const bad = staff.replace('analysts', 'analyst') + masked.replace('PII.Email', 'PII.Emial');
    assert.deepEqual(findings(bad).warnings, [
      'no group is known as `analyst` | did you mean `analysts`?',
      'no tag is known as `PII.Emial` | did you mean `PII.Email`?',
      '`emails`: the mask selects no column',
    ]);
    assert.deepEqual(findings(`${staff}---${staff}`).errors, [
      '`staff`: a document of this kind already has the name',
    ]);
    const purpose = staff.replace('{ groups', '{ purposes: [Care], groups');
    assert.deepEqual(findings(purpose).errors, ['no purpose is known as `Care`']);
    const missing = regional.replace('column: region', 'column: zip');
    assert.deepEqual(findings(missing).warnings, [
      '`regional`: it needs a column `zip`, so it denies `demo.clinic.patients`',
    ]);
    const misfit = masked.replace('tags: [PII.Email]', 'names: [id]');
    assert.deepEqual(findings(misfit).warnings, [
      '`emails`: `hash` becomes NULL on `demo.clinic.patients.id` (bigint)',
    ]);
  });

  it('names the door that cannot enforce a policy', () => {
    const doors = { trino: new Set(['mask/null'] as const) };
    const messages = check(read(staff + masked + regional), world, doors).errors;
    assert.deepEqual(
      messages.map(({ message }) => message),
      [
        '`emails`: the door `trino` cannot enforce `mask/hash`',
        '`regional`: the door `trino` cannot enforce `rows/match`',
      ],
    );
  });
});

describe('explain', () => {
  it('gives the answer first and every policy considered below it', () => {
    const request = {
      project: null,
      purpose: null,
      source: 'src_patients',
      operation: 'select',
      nowMs: 0,
    } as const;
    const decision = decide(view(staff + masked + regional), { subject: 'sub_ana', ...request });
    const lines = explain(decision);
    assert.match(lines[0] ?? '', /^dec_[0-9a-f]{32}: allow$/u);
    assert.deepEqual(lines.slice(1), [
      "  rows: region in ('EU')",
      '  id: clear',
      '  email: hash (key source/src_patients)',
      '  region: clear',
      '  may they see the source',
      '    policy staff (allow) allows: the condition holds (shared)',
      '  which rows',
      '    policy regional (rows) filters: the first step whose `for` holds acts, on raw values',
      '  what columns show',
      '    email: policy emails (mask) masks: the first step whose `for` holds acts',
    ]);
    const stored = withoutValues(decision);
    assert.ok(!JSON.stringify(stored).includes('EU'));
    assert.equal(explain(stored as unknown as typeof decision)[1], '  rows: region in (1 values)');
  });
});

describe('sentence', () => {
  it('renders every example of the format, each as one sentence', () => {
    const text = readFileSync(new URL('../../../docs/formats/policy.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/gu)].map(([, block]) => block ?? '');
    const whole = blocks.filter((block) => block.includes('apiVersion'));
    const documents = whole.flatMap((block) => {
      const reading = parseDocuments(block);
      assert.deepEqual(reading.problems, []);
      return reading.documents.map(({ document }) => document);
    });
    assert.deepEqual(documents.map(sentence), [
      'Those who are in clinicians or act in the project readmission-study may see sources named demo.clinic.*.',
      'Of sources tagged Domain.Clinic, only those who have trained 2026 may see anything, whatever other policies allow.',
      'Columns tagged PII.NationalId show only the last 4 characters for everyone, except for those who are in privacy-office.',
      "Columns named full_name in sources named demo.clinic.patients show “(minor)” where `birth_date > (now() at time zone 'UTC')::date - interval '18 years'` is not false for everyone.",
      'Columns tagged PII.Email show only the first 2 characters for those who are in support, otherwise show a keyed hash for those who are in analysts, otherwise show as they are for those who act for Care, otherwise show NULL for everyone else, except for those who are dpo.example.',
      "Rows of sources with a column tagged Geo.Region show when the column tagged Geo.Region is one of the person's region for everyone, except for those who are in auditors.",
      'Rows of sources named demo.shop.orders show when placed_at is newer than 30 days for those who are in interns, otherwise show when they fall in the 10 % chosen by customer_id for those who are a service account, otherwise all show for everyone else.',
      'Holders of support, in the vault crm, may read or get the values behind tokens of persons.email as MASKED where persons.region = \'EU\'; may never read or get the values behind tokens of persons.ssn; may get the values behind tokens of persons.ssn as PLAIN_TEXT for fraud.review when `request.context.desk == "fraud"`. Whoever asks for values of persons of crm names the purpose support or fraud.review and names a ticket and gets at most 500 values an hour.',
      'Who acts for the purpose Care.Billing has acknowledged: “I use this data only to bill care that was given.”',
      'Members of the project readmission-study work on sources named demo.clinic.* for Research.Readmission, with masked values that join across them.',
      'The test emails holds 2 cases.',
      'The test the-desk-sees-masks holds 2 cases.',
    ]);
  });
});
