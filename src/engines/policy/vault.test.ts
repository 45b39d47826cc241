import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  bindVault,
  decideVault,
  leastRevealing,
  parseDocuments,
  plan,
  prepare,
  runTests,
  sentence,
  shownAs,
} from './mod.ts';
import type {
  PolicyView,
  VaultColumnDecision,
  VaultDecision,
  VaultFacts,
  VaultOperation,
  VaultRedaction,
  VaultRequest,
  VaultRole,
  VaultRow,
  VaultTableFacts,
} from './mod.ts';
import { readRule } from './vaultrule.ts';
import type { VaultRule } from './vaultdocument.ts';

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };
const column = (
  name: string,
  redaction: VaultRedaction = 'REDACTED',
  groups: readonly string[] = [],
) => ({
  id: `col_${name}`,
  name,
  groups,
  redaction,
});
const PERSONS: VaultTableFacts = {
  id: 'tbl_persons',
  name: 'persons',
  columns: [
    column('email', 'MASKED'),
    column('ssn'),
    column('region'),
    column('mail2', 'REDACTED', ['mails']),
  ],
};
const CRM: VaultFacts = { id: 'vlt_crm', name: 'crm', tables: [PERSONS] };
const subject = (name: string) => ({
  id: `sub_${name}`,
  name,
  kind: 'service' as const,
  state: 'active' as const,
  groups: name === 'ana' ? ['support'] : [],
  attributes: {},
});
const role = (name: string, members: readonly string[]): VaultRole => ({
  id: `rol_${name}`,
  name,
  vault: CRM.id,
  definition: name.startsWith('VAULT_') ? (name as 'VAULT_OWNER') : 'CUSTOM',
  members: members.map((member) => `sub_${member}`),
});
const SUBJECTS = [subject('ana'), subject('bo'), subject('owner')];
const ROLES = [role('support', ['bo']), role('fraud', ['bo']), role('VAULT_OWNER', ['owner'])];

function viewOf(text: string, vault: VaultFacts = CRM): PolicyView {
  const { documents, problems } = parseDocuments(text);
  assert.deepEqual(problems, []);
  const policies = documents.flatMap((authored) => {
    const { json, problems: unbound } = bindVault(authored, [vault], null);
    assert.deepEqual(unbound, []);
    return authored.document.kind === 'VaultPolicy' ? [json] : [];
  });
  const purposes = [{ name: 'care', description: '', statement: 's' }];
  const facts = { subjects: SUBJECTS, projects: [], purposes, sources: [], roles: ROLES };
  return prepare({ ...facts, policies }, tools);
}

function request(changes: Partial<VaultRequest> = {}): VaultRequest {
  const asked = { subject: 'sub_bo', roles: null, operation: 'read', vault: CRM.id } as const;
  const how = { context: null, purpose: null, ticket: false, nowMs: 0 };
  return { ...asked, ...how, table: PERSONS, ...changes };
}

const policy = (rules: string, rest = 'roles: [support]') => `
apiVersion: privet/v1
kind: VaultPolicy
name: p${createHash('sha256').update(rules).digest('hex').slice(0, 8)}
vault: crm
${rest}
rules:
${rules
  .split('\n')
  .map((rule) => `  - ${rule}`)
  .join('\n')}
`;

function shown(view: PolicyView, asked: VaultRequest, row: Record<string, string | null> = {}) {
  const decision: VaultDecision = decideVault(view, asked);
  return Object.fromEntries(
    asked.table.columns.map(({ id, name }) => {
      const found: VaultColumnDecision = decision.columns.get(id) ?? assert.fail(name);
      return [
        name,
        shownAs(
          found,
          rowOf((one) => row[one.slice('col_'.length)] ?? null),
        ),
      ];
    }),
  );
}

const rowOf = (valueOf: VaultRow['valueOf']): VaultRow => ({
  valueOf,
  literalOf: (_, literal) => literal,
});

const NOTHING = { email: null, ssn: null, region: null, mail2: null };

describe('readRule', () => {
  it("reads every rule found in Skyflow's own material", () => {
    const rules = [
      'ALLOW READ ON persons.phone_numbers.*, persons.nationality WITH REDACTION = PLAIN_TEXT',
      'ALLOW READ ON persons.name.last_name WITH REDACTION = PLAIN_TEXT',
    ];
    for (const rule of rules) assert.throws(() => readRule(rule), /whole columns/u);
    const good = [
      "ALLOW READ ON patients.medication, patients.last_name WITH REDACTION = PLAIN_TEXT WHERE patients.doctor_id = '17828345839uhj'",
      'ALLOW READ ON consumers.ssn WITH REDACTION = MASKED',
      "ALLOW UPDATE ON consumers.* WHERE consumers.region = 'North America'",
      'ALLOW CREATE ON customers.*',
      'ALLOW TOKENIZATION ON customers.*',
      'ALLOW DETOKENIZATION ON customers.email WITH REDACTION = PLAIN_TEXT',
      'ALLOW TOKENIZATION',
      'DENY DETOKENIZATION ON customers.ssn',
      'ALLOW READ ON patients.* WHERE patients.consent_given = ‘TRUE’',
      "allow read, detokenization on p.email where p.a like '%x' and (p.b in ('u', 2) or not p.c is null)",
    ];
    for (const rule of good) readRule(rule);
    assert.deepEqual(readRule('DENY READ ON persons.ssn'), {
      effect: 'deny',
      operations: ['read'],
      targets: [{ kind: 'column', table: 'persons', column: 'ssn' }],
      redaction: null,
      where: null,
    });
  });

  it('says where a rule goes wrong and what was probably meant', () => {
    const wrong = [
      ['ALOW READ ON persons.ssn', /character 1: expected ALLOW or DENY, got `ALOW`/u, /ALLOW/u],
      ['ALLOW REED ON persons.ssn', /character 7/u, /READ/u],
      ['ALLOW READ ON persons.ssn WITH REDACTION = MASKD', /character 44/u, /MASKED/u],
      ['ALLOW READ ON persons.ssn WHER persons.a = 1', /expected the end/u, /WHERE/u],
      ['ALLOW READ ON persons.ssn WHERE persons.a = canary', /expected a constant/u, /quotes/u],
      ['ALLOW READ ON persons.ssn WHERE other.a = 1', /expected one table/u, /each/u],
      ['DENY READ ON persons.ssn WITH REDACTION = MASKED', /nothing is shown/u, /^/u],
      ['ALLOW READ; DROP TABLE x', /`;` has no meaning/u, /^/u],
    ] as const;
    for (const [rule, message, hint] of wrong) {
      assert.throws(
        () => readRule(rule),
        (problem: Error & { hint?: string }) =>
          message.test(problem.message) && hint.test(problem.hint ?? ''),
        rule,
      );
    }
  });
});

describe('decideVault', () => {
  it('shows nothing without a rule, to nobody known, and in a vault nobody wrote about', () => {
    const view = viewOf(policy('ALLOW READ', ''));
    assert.deepEqual(shown(view, request()), NOTHING);
    assert.equal(decideVault(view, request()).effect, 'deny');
    assert.equal(decideVault(view, request({ subject: 'sub_x' })).effect, 'deny');
    assert.equal(decideVault(view, request({ vault: 'vlt_other' })).effect, 'deny');
  });

  it('takes the least redaction of those that allow, and lets DENY win over all', () => {
    const view = viewOf(
      policy(
        'ALLOW READ ON persons.*\nALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT\nDENY READ ON persons.ssn',
      ),
    );
    assert.deepEqual(shown(view, request()), {
      email: 'PLAIN_TEXT',
      ssn: null,
      region: 'REDACTED',
      mail2: 'REDACTED',
    });
    const others: readonly VaultOperation[] = ['detokenize', 'insert', 'delete'];
    for (const operation of others) assert.deepEqual(shown(view, request({ operation })), NOTHING);
    assert.equal(leastRevealing('PLAIN_TEXT', 'MASKED'), 'MASKED');
    assert.equal(leastRevealing('REDACTED', 'MASKED'), 'REDACTED');
  });

  it('limits a rule to its rows, and forbids rows it cannot tell', () => {
    const view = viewOf(
      policy(
        "ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU'\nALLOW READ ON persons.email WITH REDACTION = MASKED\nDENY READ ON persons.email WHERE persons.ssn LIKE '9%'",
      ),
    );
    const at = (region: string | null, ssn: string | null) =>
      shown(view, request(), { region, ssn })['email'];
    assert.equal(at('EU', '1'), 'PLAIN_TEXT');
    assert.equal(at('US', '1'), 'MASKED');
    assert.equal(at(null, '1'), 'MASKED');
    assert.equal(at('EU', '91'), null);
    assert.equal(at('EU', null), null);
    assert.deepEqual(decideVault(view, request()).reads.toSorted(), ['col_region', 'col_ssn']);
  });

  it('asks for context and purpose where a rule does, and counts what fails against the caller', () => {
    const view = viewOf(
      policy(
        '{ rule: ALLOW READ ON persons.email, when: \'request.context.role == "admin"\' }\n{ rule: ALLOW READ ON persons.region, purposes: [care] }\n{ rule: ALLOW READ ON persons.ssn }\n{ rule: DENY READ ON persons.ssn, when: \'request.context.role == "guest"\' }',
      ),
    );
    const context = (role_: string) => ({ context: { role: role_ } });
    assert.deepEqual(shown(view, request()), NOTHING);
    assert.deepEqual(shown(view, request(context('admin'))), {
      ...NOTHING,
      email: 'MASKED',
      ssn: 'REDACTED',
    });
    assert.deepEqual(shown(view, request(context('guest'))), NOTHING);
    assert.deepEqual(shown(view, request({ ...context('x'), purpose: 'care' })), {
      ...NOTHING,
      ssn: 'REDACTED',
      region: 'REDACTED',
    });
    assert.deepEqual(shown(view, request({ ...context('admin'), purpose: 'nothing' })), NOTHING);
  });

  it('asks for what `reveal` asks for, of everybody, and gives the smallest budget', () => {
    const view = viewOf(
      `${policy('ALLOW ALL ON persons.*')}reveal: { purposes: [care], ticket: true, valuesPerHour: 100 }\n---\n${policy('ALLOW READ ON persons.email')}reveal: { tables: [persons], valuesPerHour: 7 }`,
    );
    const good = { purpose: 'care', ticket: true };
    assert.equal(decideVault(view, request()).effect, 'deny');
    assert.equal(decideVault(view, request({ ...good, ticket: false })).effect, 'deny');
    assert.equal(decideVault(view, request({ subject: 'sub_owner' })).effect, 'deny');
    const decision = decideVault(view, request({ ...good, operation: 'detokenize' }));
    assert.equal(decision.effect, 'allow');
    assert.equal(decision.obligations.valuesPerHour, 7);
    assert.equal(decideVault(view, request({ operation: 'insert' })).effect, 'allow');
  });

  it('gives system roles their rules, groups their columns, and `for` its people', () => {
    const view = viewOf(
      policy('ALLOW READ ON mails WITH REDACTION = PLAIN_TEXT', 'for: { groups: [support] }'),
    );
    assert.equal(
      shown(view, request({ subject: 'sub_owner', operation: 'delete' }))['ssn'],
      'PLAIN_TEXT',
    );
    assert.deepEqual(shown(view, request({ subject: 'sub_ana' })), {
      ...NOTHING,
      mail2: 'PLAIN_TEXT',
    });
    assert.deepEqual(shown(view, request({ subject: 'sub_ana', roles: [] })), NOTHING);
  });

  it('keeps the protection of a renamed column, and refuses to guess when a new one takes its name', () => {
    const text = policy('ALLOW READ ON persons.*\nDENY READ ON persons.ssn');
    const [authored] = parseDocuments(text).documents;
    assert.ok(authored?.document.kind === 'VaultPolicy');
    const { json } = bindVault(authored, [CRM], null);
    const renamed = {
      ...PERSONS,
      columns: PERSONS.columns.map((one) =>
        one.name === 'ssn' ? { ...one, name: 'social' } : one,
      ),
    };
    const view = viewOf(text);
    assert.equal(
      decideVault(view, request({ table: renamed })).columns.get('col_ssn')?.effect,
      'deny',
    );
    const again = bindVault(authored, [{ ...CRM, tables: [renamed] }], json);
    assert.deepEqual(again.json, json);
    const taken = {
      ...renamed,
      columns: [...renamed.columns, { ...column('ssn'), id: 'col_new' }],
    };
    const [problem] = bindVault(authored, [{ ...CRM, tables: [taken] }], json).problems;
    assert.match(problem?.message ?? '', /names a new column; it stood for `persons.social`/u);
  });

  it('refuses names of nothing with what was probably meant, and bindings written by hand', () => {
    const [authored] = parseDocuments(policy('ALLOW READ ON persons.emial')).documents;
    const [problem] = bindVault(authored ?? assert.fail(), [CRM], null).problems;
    assert.equal(problem?.hint, 'did you mean `persons.email`?');
    const { problems } = parseDocuments(policy('ALLOW READ', 'bindings: { vault: v, names: {} }'));
    assert.match(problems[0]?.message ?? '', /`bindings` are not written/u);
  });

  it('says a policy as a sentence', () => {
    const [authored] = parseDocuments(
      policy(
        "ALLOW READ, DETOKENIZATION ON persons.email WITH REDACTION = MASKED WHERE persons.region = 'EU'\nDENY READ ON persons.ssn",
      ),
    ).documents;
    assert.equal(
      sentence((authored ?? assert.fail()).document),
      "Holders of support, in the vault crm, may read or get the values behind tokens of persons.email as MASKED where persons.region = 'EU'; may never read persons.ssn.",
    );
  });
});

/** The slow twin: no compilation, no order, straight from the rule texts of one role. */
function slow(
  rules: readonly Pick<VaultRule, 'effect' | 'operations' | 'targets' | 'redaction' | 'where'>[],
  name: string,
  region: string | null,
): VaultRedaction | null {
  const facts = PERSONS.columns.find((one) => one.name === name) ?? assert.fail();
  let best: VaultRedaction | null = null;
  for (const { effect, operations, targets, redaction, where } of rules) {
    if (!operations.includes('read')) continue;
    const about = targets.some(
      (target) =>
        target.kind === 'vault' ||
        target.kind === 'table' ||
        (target.kind === 'column' ? target.column === name : facts.groups.includes(target.group)),
    );
    if (!about) continue;
    const wanted = where?.kind === 'compare' ? where.value : null;
    const fits = wanted === null ? true : region === null ? null : region === wanted;
    if (effect === 'deny' && fits !== false) return null;
    if (effect === 'deny' || fits !== true) continue;
    const level = redaction ?? facts.redaction;
    if (best === null || best === 'REDACTED' || level === 'PLAIN_TEXT')
      best = best === 'PLAIN_TEXT' ? best : level;
  }
  return best;
}

describe('plan and policy tests', () => {
  const facts = (text: string) => {
    const { documents, problems } = parseDocuments(text);
    assert.deepEqual(problems, []);
    const policies = documents.flatMap((authored) =>
      authored.document.kind === 'VaultPolicy' ? [bindVault(authored, [CRM], null).json] : [],
    );
    const purposes = [{ name: 'care', description: '', statement: 's' }];
    const rest = { projects: [], purposes, sources: [], roles: ROLES, vaults: [CRM] };
    return prepare({ subjects: SUBJECTS, ...rest, policies }, tools);
  };

  it('say who comes to see more of a vault, and ask for a yes before they do', () => {
    const before = facts(policy('ALLOW READ ON persons.email'));
    const after = facts(
      policy(
        `ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT\n{ rule: ALLOW READ ON persons.ssn, when: 'request.context == "x"' }`,
      ),
    );
    const diff = plan(before, after, { nowMs: 0 });
    const [change] = diff.changes;
    assert.deepEqual(change?.people, ['bo']);
    assert.equal(change.source, 'crm.persons');
    assert.deepEqual(
      change.columns.map((one) => [one.name, one.before, one.after, one.direction]),
      [
        ['email (read)', 'MASKED', 'PLAIN_TEXT', 'gains'],
        ['ssn (read)', 'no', 'REDACTED when `request.context == "x"`', 'gains'],
      ],
    );
    assert.deepEqual(
      diff.sensitive.map((one) => one.column),
      ['email (read)'],
    );
    assert.deepEqual(plan(after, after, { nowMs: 0 }).changes, []);
    const open = facts(
      policy('ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT\nALLOW READ ON persons.ssn'),
    );
    const [freed] = plan(after, open, { nowMs: 0 }).changes;
    assert.deepEqual(
      freed?.columns.map((one) => [one.name, one.before, one.after, one.direction]),
      [['ssn (read)', 'REDACTED when `request.context == "x"`', 'REDACTED', 'gains']],
    );
    const back = plan(after, before, { nowMs: 0 });
    assert.deepEqual(back.sensitive, []);
    assert.equal(back.changes[0]?.direction, 'loses');
  });

  it('tell a budget that is raised from one that is lowered, and ask for no yes to the second', () => {
    const at = (valuesPerHour: number | null) =>
      facts(
        `${policy('ALLOW READ ON persons.email WITH REDACTION = PLAIN_TEXT')}${
          valuesPerHour === null ? '' : `reveal: { valuesPerHour: ${valuesPerHour} }\n`
        }`,
      );
    const directions = (from: number | null, to: number | null) => {
      const { changes, sensitive } = plan(at(from), at(to), { nowMs: 0 });
      return [[...new Set(changes.map(({ direction }) => direction))], sensitive.length > 0];
    };
    assert.deepEqual(directions(100_000, 90_000), [['loses'], false]);
    assert.deepEqual(directions(null, 500), [['loses'], false]);
    assert.deepEqual(directions(500, 90_000), [['gains'], true]);
    assert.deepEqual(directions(500, null), [['gains'], true]);
    assert.deepEqual(directions(500, 500), [[], false]);
  });

  it('hold what cases say of a vault, and say what does not', () => {
    const text = `${policy("ALLOW READ ON persons.email\nDENY READ ON persons.ssn\n{ rule: ALLOW READ ON persons.region WITH REDACTION = PLAIN_TEXT WHERE persons.region = 'EU', when: 'request.context.role == \"boss\"' }")}---
apiVersion: privet/v1
kind: PolicyTest
name: vault
cases:
  - { vault: crm, table: persons, operation: read, roles: [support], expect: { effect: allow, columns: { email: MASKED, ssn: no } } }
  - { vault: crm, table: persons, operation: read, as: { user: ana }, expect: { effect: deny } }
  - { vault: crm, table: persons, operation: read, roles: [support], expect: { effect: allow, columns: { email: PLAIN_TEXT } } }
  - { vault: crm, table: person, operation: read, expect: { effect: deny } }
  - { vault: crm, table: persons, operation: read, roles: [support], context: { role: boss }, row: { region: EU }, expect: { effect: allow, columns: { region: PLAIN_TEXT } } }
  - { vault: crm, table: persons, operation: read, roles: [support], context: { role: boss }, row: { region: US }, expect: { effect: allow, columns: { region: no } } }
  - { vault: crm, table: persons, operation: read, roles: [support], row: { region: EU }, expect: { effect: allow, columns: { region: PLAIN_TEXT } } }
  - { vault: crm, table: persons, operation: read, roles: [support], row: { regoin: EU }, expect: { effect: allow } }
`;
    const { documents, problems } = parseDocuments(text);
    assert.deepEqual(problems, []);
    const tests = documents.flatMap(({ document }) =>
      document.kind === 'PolicyTest' ? [document] : [],
    );
    const failures = runTests(facts(text), tests, 0).map((one) => one.failures);
    assert.deepEqual(failures, [
      [],
      [],
      ['`email` expected PLAIN_TEXT, got MASKED'],
      ['no table is known as `person`; did you mean `persons`?'],
      [],
      [],
      ['`region` expected PLAIN_TEXT, got no'],
      ['no column is known as `regoin`; did you mean `region`?'],
    ]);
  });
});

describe('a row that does not say whether it has a value', () => {
  const decide = (rules: string) =>
    decideVault(viewOf(policy(rules)), request()).columns.get('col_email') ?? assert.fail();

  it('is denied by `IS NULL` and by `IS NOT NULL`, and allowed by neither', () => {
    const allow = 'ALLOW READ ON persons.email WITH REDACTION = MASKED';
    for (const condition of ['IS NULL', 'IS NOT NULL']) {
      const where = `WHERE persons.region ${condition}`;
      const denied = decide(`${allow}\nDENY READ ON persons.email ${where}`);
      const allowed = decide(`${allow} ${where}`);
      assert.equal(
        shownAs(
          denied,
          rowOf(() => undefined),
        ),
        null,
        condition,
      );
      assert.equal(
        shownAs(
          allowed,
          rowOf(() => undefined),
        ),
        null,
        condition,
      );
      const fulfilled = condition === 'IS NULL' ? null : 'EU';
      assert.equal(
        shownAs(
          denied,
          rowOf(() => fulfilled),
        ),
        null,
      );
      assert.equal(
        shownAs(
          allowed,
          rowOf(() => fulfilled),
        ),
        'MASKED',
      );
    }
  });
});

describe('decideVault and its slow twin', () => {
  it('agree on random rules and rows', () => {
    const target = fc.constantFrom(
      'persons.*',
      'persons.email',
      'persons.ssn',
      'mails',
      'persons.email, mails',
      '',
    );
    const where = fc.constantFrom(
      '',
      " WHERE persons.region = 'EU'",
      " WHERE persons.region = 'US'",
    );
    const level = fc.constantFrom(
      '',
      ' WITH REDACTION = PLAIN_TEXT',
      ' WITH REDACTION = MASKED',
      ' WITH REDACTION = REDACTED',
    );
    const rule = fc
      .tuple(
        fc.constantFrom('ALLOW', 'ALLOW', 'DENY'),
        fc.constantFrom('READ', 'UPDATE', 'ALL'),
        target,
        level,
        where,
      )
      .map(
        ([effect, action, on, as, rows]) =>
          `${effect} ${action}${on === '' ? '' : ` ON ${on}`}${effect === 'DENY' ? '' : as}${rows}`,
      );
    fc.assert(
      fc.property(
        fc.uniqueArray(rule, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('EU', 'US', null),
        (rules, region) => {
          const fast = shown(viewOf(policy(rules.join('\n'))), request(), { region });
          const read = rules.map((text) => readRule(text));
          for (const { name } of PERSONS.columns)
            assert.equal(fast[name], slow(read, name, region), `${name}: ${rules.join(' | ')}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never shows more to someone who acts in fewer roles', () => {
    const text = `${policy('ALLOW READ ON persons.* WITH REDACTION = PLAIN_TEXT')}---\n${policy('DENY READ ON persons.ssn\nALLOW READ ON persons.email', 'roles: [fraud]')}`;
    const view = viewOf(text);
    const everything = shown(view, request());
    for (const roles of [[], ['rol_support'], ['rol_fraud'], ['rol_VAULT_OWNER']]) {
      const narrowed = shown(view, request({ roles }));
      for (const { name } of PERSONS.columns) {
        assert.ok(
          narrowed[name] === null ||
            narrowed[name] === everything[name] ||
            everything[name] === 'PLAIN_TEXT',
        );
      }
    }
    assert.equal(everything['ssn'], null);
  });
});
