/**
 * The slow twin of `decideVault` and of the plan of vaults: no compilation, no order, no reasons, everything worked out
 * from the documents at every question. Conditions on the context are of three known texts, so it reads no CEL.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { bindVault, decideVault, parseDocuments, plan, prepare, shownAs } from './mod.ts';
import type {
  PolicyView,
  VaultFacts,
  VaultOperation,
  VaultPolicy,
  VaultRedaction,
  VaultRole,
} from './mod.ts';

const tools = { sha256: (text: string) => createHash('sha256').update(text).digest('hex') };
const column = (name: string, redaction: VaultRedaction, ...groups: readonly string[]) => {
  return { id: `col_${name}`, name, groups, redaction };
};
const TABLE = {
  id: 'tbl_persons',
  name: 'persons',
  columns: [
    column('email', 'MASKED', 'mails'),
    column('ssn', 'REDACTED'),
    column('region', 'PLAIN_TEXT'),
  ],
};
const CRM: VaultFacts = { id: 'vlt_crm', name: 'crm', tables: [TABLE] };
const person = (name: string, ...groups: readonly string[]) => {
  return {
    id: `sub_${name}`,
    name,
    kind: 'service',
    state: 'active',
    groups,
    attributes: {},
  } as const;
};
const PEOPLE = [person('ana', 'staff'), person('bo'), person('owner'), person('nobody')];
const role = (name: string, ...members: readonly string[]): VaultRole => ({
  id: `rol_${name}`,
  name,
  vault: CRM.id,
  definition: name === 'VAULT_OWNER' ? name : 'CUSTOM',
  members: members.map((member) => `sub_${member}`),
});
const ROLES = [role('support', 'bo'), role('fraud', 'bo', 'ana'), role('VAULT_OWNER', 'owner')];
const PURPOSES = ['care', 'care.urgent'];

type Asked = {
  readonly person: (typeof PEOPLE)[number];
  readonly roles: readonly string[] | null;
  readonly operation: VaultOperation;
  readonly purpose: string | null;
  readonly ticket: boolean;
  readonly context: Readonly<Record<string, string>> | null;
};
type Row = { readonly region: string | null };

function slow(policies: readonly VaultPolicy[], asked: Asked, [name, row]: readonly [string, Row]) {
  const { person: who, purpose, operation } = asked;
  const under = (names: readonly string[]) =>
    purpose !== null && names.some((one) => `${purpose}.`.startsWith(`${one}.`));
  if (purpose !== null && !PURPOSES.includes(purpose)) return null;
  if (operation === 'read' || operation === 'detokenize') {
    for (const { reveal } of policies) {
      if (reveal === null) continue;
      if (reveal.ticket && !asked.ticket) return null;
      if (reveal.purposes.length > 0 && !under(reveal.purposes)) return null;
    }
  }
  const held = ROLES.filter(({ members }) => members.includes(who.id));
  const acting = held.filter(({ id }) => asked.roles?.includes(id) ?? true);
  let best: VaultRedaction | null = acting.some((one) => one.name === 'VAULT_OWNER')
    ? 'PLAIN_TEXT'
    : null;
  const facts = TABLE.columns.find((one) => one.name === name) ?? assert.fail();
  for (const policy of policies) {
    const isNamed = policy.for?.kind === 'clauses' && who.groups.includes('staff');
    for (const rule of policy.rules) {
      const deny = rule.effect === 'deny';
      const among = (deny ? held : acting).some((one) => policy.roles.includes(one.name));
      if (!(among || (isNamed && (deny || asked.roles === null)))) continue;
      if (!rule.operations.includes(operation)) continue;
      const about = rule.targets.some((target) => {
        if (target.kind === 'column') return target.column === name;
        return target.kind !== 'group' || facts.groups.includes(target.group);
      });
      if (!about || (rule.purposes.length > 0 && !under(rule.purposes))) continue;
      const said = asked.context?.['role'];
      const when =
        rule.when === null || (said === undefined ? 'error' : rule.when.includes(`"${said}"`));
      const wanted = rule.where?.kind === 'compare' ? rule.where.value : null;
      const fits = wanted === null || (row.region === null ? 'unknown' : row.region === wanted);
      if (deny && when !== false && fits !== false) return null;
      if (deny || when !== true || fits !== true) continue;
      const level = rule.redaction ?? facts.redaction;
      if (best === null || rank(level) > rank(best)) best = level;
    }
  }
  return best;
}

const rank = (level: VaultRedaction | null) =>
  [null, 'REDACTED', 'MASKED', 'PLAIN_TEXT'].indexOf(level);

/** How far somebody gets: what may be written may be written, at whatever level. */
const far = (operation: VaultOperation, level: VaultRedaction | null) =>
  operation === 'insert' ? Math.min(rank(level), 1) : rank(level);

const oneOf = fc.constantFrom;
const ruleText = fc
  .record({
    effect: oneOf('ALLOW', 'ALLOW', 'ALLOW', 'DENY'),
    action: oneOf('READ', 'READ', 'DETOKENIZATION', 'CREATE', 'ALL'),
    on: oneOf('persons.*', 'persons.email', 'persons.ssn, mails', 'mails', ''),
    level: oneOf('', '', ' WITH REDACTION = PLAIN_TEXT', ' WITH REDACTION = MASKED'),
    where: oneOf('', '', " WHERE persons.region = 'EU'", " WHERE persons.region = 'US'"),
    when: oneOf(null, null, 'boss', 'guest'),
    purposes: oneOf(null, null, '[care]', '[care.urgent]'),
  })
  .map(({ effect, action, on, level, where, when, purposes }) => {
    const target = on === '' ? '' : ` ON ${on}`;
    const text = `${effect} ${action}${target}${effect === 'DENY' ? '' : level}${where}`;
    const condition = when === null ? '' : `, when: 'request.context.role == "${when}"'`;
    return `{ rule: "${text}"${condition}${purposes === null ? '' : `, purposes: ${purposes}`} }`;
  });
const policyText = fc
  .record({
    who: oneOf('roles: [support]', 'roles: [fraud, support]', 'for: { groups: [staff] }'),
    rules: fc.array(ruleText, { minLength: 1, maxLength: 3 }),
    reveal: oneOf('', '', '', 'reveal: { ticket: true }', 'reveal: { purposes: [care] }'),
  })
  .map(({ who, rules, reveal }) => {
    return `vault: crm\n${who}\nrules:\n${rules.map((one) => `  - ${one}\n`).join('')}${reveal}`;
  });
const policySet = fc
  .array(policyText, { maxLength: 3 })
  .map((bodies) =>
    bodies
      .map((body, i) => `apiVersion: privet/v1\nkind: VaultPolicy\nname: p${i}\n${body}`)
      .join('\n---\n'),
  );

function world(text: string): { readonly view: PolicyView; readonly policies: VaultPolicy[] } {
  const { documents, problems } = parseDocuments(text);
  assert.deepEqual(problems, []);
  const policies = documents.flatMap(({ document }) =>
    document.kind === 'VaultPolicy' ? [document] : [],
  );
  const facts = {
    subjects: PEOPLE,
    projects: [],
    purposes: PURPOSES.map((name) => ({ name, description: '', statement: 's' })),
    sources: [],
    roles: ROLES,
    vaults: [CRM],
    policies: documents.map((authored) => bindVault(authored, [CRM], null).json),
  };
  return { view: prepare(facts, tools), policies };
}

const CONTEXTS = [null, { role: 'boss' }, { role: 'guest' }, { other: 'x' }] as const;
const ROWS: readonly Row[] = [{ region: 'EU' }, { region: 'US' }, { region: null }];

describe('vaults and their slow twin', () => {
  it('decide alike, for everybody, in any roles, for any purpose, under any context, of any row', () => {
    const question = fc.record({
      person: oneOf(...PEOPLE),
      roles: oneOf(null, null, ['rol_support'], ['rol_fraud'], []),
      operation: oneOf<VaultOperation>('read', 'read', 'detokenize', 'insert'),
      purpose: oneOf(null, 'care', 'care.urgent', 'unknown'),
      ticket: fc.boolean(),
      context: oneOf(...CONTEXTS),
    });
    fc.assert(
      fc.property(
        policySet,
        fc.array(question, { minLength: 10, maxLength: 10 }),
        (text, asked) => {
          const { view, policies } = world(text);
          for (const one of asked) {
            const { person: who, ...rest } = one;
            const request = { ...rest, subject: who.id, vault: CRM.id, table: TABLE, nowMs: 0 };
            const decision = decideVault(view, request);
            for (const row of ROWS) {
              for (const { id, name } of TABLE.columns) {
                const found = decision.columns.get(id) ?? assert.fail();
                const shown = shownAs(found, {
                  valueOf: (of) => (of === 'col_region' ? row.region : null),
                  literalOf: (_, literal) => literal,
                });
                const said = `${name} of ${JSON.stringify([one, row])}\n${text}`;
                assert.equal(shown, slow(policies, one, [name, row]), said);
              }
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are planned so that whoever comes to see anything else is named, and gains and losses are only that', () => {
    const situations = CONTEXTS.flatMap((context) =>
      [true, false].flatMap((ticket) => ROWS.map((row) => ({ context, ticket, row }))),
    );
    fc.assert(
      fc.property(policySet, policySet, (before, after) => {
        const [old, now] = [world(before), world(after)];
        const { changes } = plan(old.view, now.view, { nowMs: 0 });
        for (const who of PEOPLE) {
          for (const purpose of [null, ...PURPOSES]) {
            for (const operation of ['read', 'insert'] as const) {
              for (const { name } of TABLE.columns) {
                const asked = { person: who, roles: null, operation, purpose };
                const moves = situations.map(({ row, ...rest }) => {
                  const [was, is] = [old, now].map(({ policies }) =>
                    far(operation, slow(policies, { ...asked, ...rest }, [name, row])),
                  );
                  return Math.sign((is ?? 0) - (was ?? 0));
                });
                const found = changes
                  .filter((one) => one.purpose === purpose && one.people.includes(who.name))
                  .flatMap(({ columns }) => columns)
                  .find((one) => one.name === `${name} (${operation})`);
                const said = `${who.name} ${String(purpose)} ${name} (${operation}): ${JSON.stringify(found)}\n${before}\n=====\n${after}`;
                // A purpose that no policy names is decided as none is.
                const isLooked = purpose === null || `${before}${after}`.includes(`[${purpose}]`);
                if (!isLooked) continue;
                if (found === undefined)
                  assert.ok(
                    moves.every((move) => move === 0),
                    said,
                  );
                if (found?.direction === 'gains') assert.ok(!moves.includes(-1), said);
                if (found?.direction === 'loses') assert.ok(!moves.includes(1), said);
              }
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
