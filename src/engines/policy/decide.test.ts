import { createHash } from 'node:crypto';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, parseDocuments, prepare } from './mod.ts';
import type { Decision, FactsInput, PolicyView, Project, Request } from './mod.ts';

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };
const tag = (name: string) => ({ name });

const patients = {
  id: 'src_patients',
  system: 'demo',
  schema: 'clinic',
  name: 'patients',
  state: 'active',
  tags: [tag('Domain.Clinic')],
  columns: [
    { name: 'id', type: 'bigint', tags: [] },
    { name: 'email', type: 'text', tags: [tag('PII.Email')] },
    { name: 'ssn', type: 'character varying(11)', tags: [tag('PII.NationalId')] },
    { name: 'birth_date', type: 'date', tags: [tag('PII.BirthDate')] },
    { name: 'region', type: 'text', tags: [tag('Geo.Region')] },
    { name: 'fresh', type: 'text', tags: [tag('New')] },
  ],
} as const;
const orders = {
  id: 'src_orders',
  system: 'demo',
  schema: 'shop',
  name: 'orders',
  state: 'active',
  tags: [],
  columns: [{ name: 'email', type: 'text', tags: [tag('PII.Email')] }],
} as const;
const ana = {
  id: 'sub_ana',
  name: 'ana.example',
  kind: 'person',
  state: 'active',
  groups: ['analysts'],
  attributes: { region: ['EU', 'UK'] },
} as const;
const bo = { ...ana, id: 'sub_bo', name: 'bo.example', groups: [], attributes: {} } as const;

const EVERYONE = `
apiVersion: privet/v1
kind: SubscriptionPolicy
name: everyone
target: { all: true }
allow: { anyone: true }
`;
const data = (name: string, body: string) => `
---
apiVersion: privet/v1
kind: DataPolicy
name: ${name}
${body}
`;

function policies(text: string): FactsInput['policies'] {
  const { documents, problems } = parseDocuments(text);
  assert.deepEqual(
    problems.map((problem) => problem.message),
    [],
  );
  return documents.map(({ json }) => json);
}

function viewOf(text: string, more: Partial<FactsInput> = {}): PolicyView {
  const facts: FactsInput = {
    subjects: [ana, bo],
    sources: [patients, orders],
    policies: policies(text),
    projects: [],
    purposes: [],
    ...more,
  };
  return prepare(facts, tools);
}

const ask: Request = {
  subject: 'sub_ana',
  project: null,
  purpose: null,
  source: 'src_patients',
  operation: 'select',
  nowMs: Date.UTC(2026, 10, 21, 12),
};

function show(decision: Decision, column: string): unknown {
  const found = decision.columns.find(({ name }) => name === column)?.show;
  return found?.kind === 'mask' ? (found.where === null ? found.mask : found) : found?.kind;
}

const mask = (name: string, columns: string, rest: string) =>
  data(name, `mask: { columns: ${columns}, ${rest} }`);
const rows = (name: string, target: string, rest: string) =>
  data(name, `target: ${target}\nrows: { ${rest} }`);

describe('decide, subscriptions', () => {
  it('denies everything when there is no policy', () => {
    const decision = decide(viewOf(''), ask);
    assert.equal(decision.effect, 'deny');
    assert.deepEqual(decision.filter, { kind: 'never' });
    assert.ok(decision.columns.every((column) => column.show.kind === 'hidden'));
    assert.equal(decision.columns.length, patients.columns.length);
  });

  it('needs every required policy and one of the shared ones', () => {
    const policy = (name: string, combine: string, group: string) => `
---
apiVersion: privet/v1
kind: SubscriptionPolicy
name: ${name}
target: { all: true }
combine: ${combine}
allow: { groups: [${group}] }`;
    const effect = (text: string) => decide(viewOf(text), ask).effect;
    assert.equal(effect(policy('a', 'shared', 'analysts') + policy('b', 'shared', 'x')), 'allow');
    assert.equal(effect(policy('a', 'shared', 'x')), 'deny');
    assert.equal(effect(policy('a', 'required', 'analysts')), 'allow');
    assert.equal(effect(policy('a', 'required', 'x') + policy('b', 'shared', 'analysts')), 'deny');
    assert.equal(effect(policy('a', 'required', 'analysts') + policy('b', 'shared', 'x')), 'deny');
  });

  it('denies unknown, locked and disabled names', () => {
    const locked = { ...ana, id: 'sub_locked', state: 'locked' } as const;
    const off = { ...orders, id: 'src_off', state: 'disabled' } as const;
    const view = viewOf(EVERYONE, { subjects: [ana, locked], sources: [patients, off] });
    const effect = (change: object) => decide(view, { ...ask, ...change }).effect;
    assert.equal(effect({}), 'allow');
    assert.equal(effect({ subject: 'sub_nobody' }), 'deny');
    assert.equal(effect({ subject: 'sub_locked' }), 'deny');
    assert.equal(effect({ source: 'src_nothing' }), 'deny');
    assert.equal(effect({ source: 'src_off' }), 'deny');
    assert.equal(effect({ operation: 'update' }), 'deny');
    assert.equal(effect({ project: 'nope' }), 'deny');
    assert.equal(effect({ purpose: 'Care' }), 'deny');
  });

  it('ignores staged policies', () => {
    assert.equal(decide(viewOf(`${EVERYONE}state: staged`), ask).effect, 'deny');
  });

  it('takes a condition that fails as not holding', () => {
    const when = (cel: string) => EVERYONE.replace('{ anyone: true }', `{ when: "${cel}" }`);
    const effect = (cel: string) => decide(viewOf(when(cel)), ask).effect;
    assert.equal(effect(`'EU' in user.attributes.region`), 'allow');
    assert.equal(effect(`!('EU' in user.attributes.missing)`), 'deny');
  });
});

describe('decide, masks', () => {
  it('lets the deeper tag win, then the first authored', () => {
    const deep = mask('deep', '{ tags: [PII.Email] }', 'with: hash');
    const flat = mask('flat', '{ tags: [PII] }', "with: 'null'");
    const constant = mask('later', '{ tags: [PII.Email] }', 'with: { kind: constant, value: x }');
    const hash = { kind: 'hash', key: 'source/src_patients' };
    for (const text of [flat + deep, deep + flat, flat + deep + constant]) {
      const decision = decide(viewOf(EVERYONE + text), ask);
      assert.deepEqual(show(decision, 'email'), hash);
      assert.deepEqual(show(decision, 'ssn'), { kind: 'null' });
    }
    assert.deepEqual(show(decide(viewOf(EVERYONE + constant + deep), ask), 'email'), {
      kind: 'constant',
      value: 'x',
    });
  });

  it('walks a chain and spares exceptions', () => {
    const text = mask(
      'chain',
      '{ names: [EMAIL] }',
      `with: hash, for: { groups: [analysts] }, except: { users: [cy.example] },
       otherwise: [ { with: clear, for: { when: "'x' in user.attributes.none" } }, { with: 'null' } ]`,
    );
    const view = viewOf(EVERYONE + text, {
      subjects: [ana, bo, { ...bo, id: 'sub_cy', name: 'cy.example' }],
    });
    assert.deepEqual(show(decide(view, ask), 'email'), {
      kind: 'hash',
      key: 'source/src_patients',
    });
    assert.deepEqual(show(decide(view, { ...ask, subject: 'sub_bo' }), 'email'), { kind: 'null' });
    assert.deepEqual(show(decide(view, { ...ask, subject: 'sub_cy' }), 'email'), 'clear');
  });

  it('stops a chain at a restricting step whose condition fails', () => {
    const text = mask(
      'chain',
      '{ names: [email] }',
      `with: { kind: partial, keepFirst: 9 }, for: { when: "'x' in user.attributes.none" }, otherwise: [ { with: clear } ]`,
    );
    assert.deepEqual(show(decide(viewOf(EVERYONE + text), ask), 'email'), { kind: 'null' });
  });

  it('falls back to null where the mask does not fit the type', () => {
    const of = (columns: string, kind: string) =>
      show(
        decide(viewOf(EVERYONE + mask('m', columns, `with: ${kind}`)), ask),
        columns.slice(10, -3),
      );
    assert.deepEqual(of('{ names: [id] }', 'hash'), { kind: 'null' });
    assert.deepEqual(of('{ names: [id] }', '{ kind: round, bucket: 10 }'), {
      kind: 'round',
      bucket: 10,
    });
    assert.deepEqual(of('{ names: [birth_date] }', '{ kind: round, unit: day }'), { kind: 'null' });
    assert.deepEqual(of('{ names: [birth_date] }', '{ kind: round, unit: year }'), {
      kind: 'round',
      unit: 'year',
    });
    assert.deepEqual(of('{ names: [id] }', '{ kind: constant, value: x }'), { kind: 'null' });
    assert.deepEqual(of('{ names: [id] }', '{ kind: partial, keepLast: 1 }'), { kind: 'null' });
  });

  it('masks columns tagged New for everyone until reviewed', () => {
    const spare = mask('spare', '{ names: [fresh] }', 'with: clear');
    for (const text of ['', spare]) {
      assert.deepEqual(show(decide(viewOf(EVERYONE + text), ask), 'fresh'), { kind: 'null' });
    }
    const hidden = mask('hide', '{ names: [fresh] }', 'with: hidden');
    assert.equal(show(decide(viewOf(EVERYONE + hidden), ask), 'fresh'), 'hidden');
  });

  it('applies a conditional mask everywhere when its condition has no value', () => {
    const text = mask(
      'conditional',
      '{ names: [ssn] }',
      `with: 'null', where: { anyOf: [ { match: { column: region, attribute: region } }, { sql: "id = 1" } ] }`,
    );
    const view = viewOf(EVERYONE + text);
    assert.equal((show(decide(view, ask), 'ssn') as { kind: string }).kind, 'mask');
    assert.deepEqual(show(decide(view, { ...ask, subject: 'sub_bo' }), 'ssn'), { kind: 'null' });
  });
});

describe('decide, rows', () => {
  it('joins row policies with and, on bound values', () => {
    const region = rows(
      'r',
      '{ columnTags: [Geo] }',
      'keep: { match: { columnTag: Geo.Region, attribute: region } }',
    );
    const sql = rows('s', '{ all: true }', `keep: { sql: "email = @user or id > 5 -- x" }`);
    const decision = decide(viewOf(EVERYONE + region + sql), ask);
    assert.deepEqual(decision.filter, {
      kind: 'and',
      terms: [
        { kind: 'in', column: 'region', values: ['EU', 'UK'] },
        { kind: 'sql', template: ['email =  ', { text: 'ana.example' }, '  or id > 5  '] },
      ],
    });
    assert.deepEqual(
      decide(viewOf(EVERYONE + region + sql), { ...ask, subject: 'sub_bo' }).filter,
      { kind: 'never' },
    );
  });

  it('denies the source when a tag or column is missing, unless the person is spared', () => {
    const keep = (rule: string) =>
      rows('r', '{ all: true }', `keep: ${rule}, except: { groups: [analysts] }`);
    for (const rule of [
      `{ sql: "@columnTagged('Nope') = 1" }`,
      `{ sql: "@column('nope') = 1" }`,
      '{ match: { columnTag: PII, user: true } }',
      '{ match: { column: nope, user: true } }',
      '{ newerThan: { column: email, days: 1 } }',
      '{ anyOf: [ { sample: { column: nope, percent: 1 } }, all ] }',
    ]) {
      const view = viewOf(EVERYONE + keep(rule));
      assert.equal(decide(view, { ...ask, subject: 'sub_bo' }).effect, 'deny', rule);
      assert.equal(decide(view, ask).effect, 'allow', rule);
    }
  });

  it('gives no rows when an sql value is missing', () => {
    const text = rows('r', '{ all: true }', `keep: { sql: "NOT region = ANY(@attr('region'))" }`);
    assert.deepEqual(decide(viewOf(EVERYONE + text), { ...ask, subject: 'sub_bo' }).filter, {
      kind: 'never',
    });
    const purpose = rows('r', '{ all: true }', `keep: { sql: "region <> @purpose" }`);
    assert.deepEqual(decide(viewOf(EVERYONE + purpose), ask).filter, { kind: 'never' });
  });
});

describe('decide, projects and purposes', () => {
  const study: Project = {
    id: 'prj_study',
    name: 'study',
    description: '',
    state: 'active',
    sources: ['demo.clinic.*'],
    purposes: ['Care.Billing', 'Research'],
    maskedJoins: true,
    members: [{ subject: 'sub_ana', acknowledged: ['Care.Billing'] }],
  };
  const purposes = ['Care.Billing', 'Research'].map((name) => ({
    name,
    description: '',
    statement: 'x',
  }));
  const text =
    EVERYONE +
    mask('m', '{ names: [email] }', 'with: hash') +
    rows('p', '{ all: true }', 'keep: { purposes: [Care] }');
  const view = viewOf(text, { projects: [study], purposes });

  it('counts a purpose only when the project has it and the member acknowledged it', () => {
    const filter = (change: object) => {
      const decision = decide(view, { ...ask, ...change });
      return decision.effect === 'deny' ? 'deny' : decision.filter;
    };
    assert.deepEqual(filter({}), { kind: 'never' });
    assert.deepEqual(filter({ project: 'study' }), { kind: 'never' });
    assert.equal(filter({ project: 'study', purpose: 'Care.Billing' }), null);
    assert.equal(filter({ project: 'prj_study', purpose: 'Care.Billing' }), null);
    assert.equal(filter({ project: 'study', purpose: 'Research' }), 'deny');
    assert.equal(filter({ project: 'study', purpose: 'Care' }), 'deny');
    assert.equal(filter({ project: 'study', purpose: 'Care.Billing', subject: 'sub_bo' }), 'deny');
    assert.equal(
      filter({ project: 'study', purpose: 'Care.Billing', source: 'src_orders' }),
      'deny',
    );
  });

  it('shares the project key among masked joins', () => {
    assert.deepEqual(show(decide(view, ask), 'email'), {
      kind: 'hash',
      key: 'source/src_patients',
    });
    assert.deepEqual(show(decide(view, { ...ask, project: 'study' }), 'email'), {
      kind: 'hash',
      key: 'project/prj_study',
    });
  });

  it('means the only purpose of a project when none is set', () => {
    const one = { ...study, purposes: ['Care.Billing'] };
    assert.equal(
      decide(viewOf(text, { projects: [one], purposes }), { ...ask, project: 'study' }).filter,
      null,
    );
  });
});

describe('decide, memory', () => {
  it('names the decision by the project that is meant, however it is named', () => {
    const member = { subject: 'sub_ana', acknowledged: [] };
    const study = { id: 'prj_1', name: 'study', description: '', state: 'active' } as const;
    const rest = { sources: ['demo.*.*'], purposes: [], maskedJoins: false, members: [member] };
    const projects = [{ ...study, ...rest }];
    const ids = ['prj_1', 'study'].map(
      (project) => decide(viewOf(EVERYONE, { projects }), { ...ask, project }).id,
    );
    assert.equal(ids[0], ids[1]);
  });

  it('answers a repeated question with the same decision', () => {
    const view = viewOf(EVERYONE);
    assert.equal(decide(view, ask), decide(view, { ...ask, nowMs: 0 }));
    assert.equal(decide(viewOf(EVERYONE), ask).id, decide(view, ask).id);
  });

  it('asks again when a condition reads the time', () => {
    const timed = EVERYONE.replace('{ anyone: true }', `{ when: "time.getHours('UTC') < 13" }`);
    const view = viewOf(timed);
    assert.equal(decide(view, ask).effect, 'allow');
    assert.equal(decide(view, { ...ask, nowMs: ask.nowMs + 3_600_000 }).effect, 'deny');
    assert.equal(decide(view, ask).effect, 'allow');
  });
});
