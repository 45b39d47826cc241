import { z } from 'zod';
import { Problem } from '#base/problem';
import {
  findVaultPolicy,
  listVaultPolicies,
  removeVaultPolicy,
  writeVaultPolicy,
} from '#control/access';
import type { StoredVaultPolicy } from '#control/access';
import { findVault } from '#control/catalog';
import { findVaultRole } from '#control/accounts';
import type { Queryable } from '#platform/db';
import { permission } from './need.ts';
import { route } from './route.ts';
import { moment, text, word } from './shape.ts';

const area = 'vault policies';
const READERS = permission('governor', 'auditor', 'data-owner');
const GOVERNOR = permission('governor');
const prefix = '';

const idParams = z.object({ id: word });
const resource = z.object({ ID: word, type: z.literal('VAULT') });
const ACTIONS = [
  'CREATE',
  'READ',
  'UPDATE',
  'DELETE',
  'TOKENIZATION',
  'DETOKENIZATION',
  'ALL',
] as const;
const LEVELS = ['PLAIN_TEXT', 'MASKED', 'REDACTED', 'DEFAULT'] as const;

const structured = {
  actions: z.array(z.enum(ACTIONS)).min(1).max(7),
  effect: z.enum(['ALLOW', 'DENY']),
  rowFilter: text.optional(),
};
export const ruleParams = z.object({
  name: word,
  ruleExpression: z.string().max(4_000).optional(),
  columnRuleParams: z
    .object({
      ...structured,
      columns: z.array(word).min(1).max(500),
      redaction: z.enum(LEVELS).optional(),
    })
    .optional(),
  tableRuleParams: z.object({ ...structured, tableName: word }).optional(),
  columnGroupRuleParams: z
    .object({
      ...structured,
      columnGroups: z.array(word).min(1).max(500),
      redaction: z.enum(LEVELS).optional(),
    })
    .optional(),
  condition: text.optional().describe('CEL over `request.context`'),
});
type RuleParams = z.infer<typeof ruleParams>;

export const ruleShape = z.object({
  ID: z.string(),
  name: z.string(),
  ruleExpression: z.string(),
  condition: z.string().nullable(),
  effect: z.enum(['ALLOW', 'DENY']),
});

const policyShape = z.object({
  ID: z.string(),
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  resource,
  roles: z.array(z.string()),
  sentence: z.string(),
  rules: z.array(ruleShape),
  lastModifiedOn: moment,
});

type Policy = StoredVaultPolicy['policy'];
type Named = { readonly name: string };

/** What names a rule among those of all policies. */
export function ruleId(policy: Named, rule: Named): string {
  return `${policy.name}.${rule.name}`;
}

export function shownRule(
  policy: Policy,
  rule: Policy['rules'][number],
): z.infer<typeof ruleShape> {
  return {
    ID: ruleId(policy, rule),
    name: rule.name,
    ruleExpression: rule.text,
    condition: rule.when,
    effect: rule.effect === 'allow' ? 'ALLOW' : 'DENY',
  };
}

function shown({ policy, sentence, at }: StoredVaultPolicy): z.infer<typeof policyShape> {
  return {
    ID: policy.name,
    name: policy.name,
    displayName: policy.name,
    description: policy.description,
    status: policy.state === 'active' ? 'ACTIVE' : 'INACTIVE',
    resource: { ID: policy.bindings?.vault ?? policy.vault, type: 'VAULT' },
    roles: [...policy.roles],
    sentence,
    rules: policy.rules.map((rule) => shownRule(policy, rule)),
    lastModifiedOn: at,
  };
}

/** The rule text that structured parameters stand for: there is one language, and everything is kept in it. */
function ruleText(rule: RuleParams): string {
  const { ruleExpression, columnRuleParams, tableRuleParams, columnGroupRuleParams } = rule;
  if (ruleExpression !== undefined) return ruleExpression;
  const chosen = columnRuleParams ?? tableRuleParams ?? columnGroupRuleParams;
  if (chosen === undefined) throw new Problem('invalid', `rule \`${rule.name}\` says nothing`);
  const targets =
    columnRuleParams?.columns ??
    columnGroupRuleParams?.columnGroups ??
    (tableRuleParams === undefined ? [] : [`${tableRuleParams.tableName}.*`]);
  const level = 'redaction' in chosen ? chosen.redaction : undefined;
  const { effect, actions, rowFilter = '' } = chosen;
  return [
    `${effect} ${actions.join(', ')} ON ${targets.join(', ')}`,
    ...(level === undefined || effect === 'DENY' ? [] : [`WITH REDACTION = ${level}`]),
    ...(rowFilter.trim() === '' ? [] : [rowFilter.replace(/^\s*(?!WHERE\b)/iu, 'WHERE ')]),
  ].join(' ');
}

export function rulesOf(rules: readonly RuleParams[]) {
  return rules.map((rule) => ({
    name: rule.name,
    rule: ruleText(rule),
    ...(rule.condition === undefined || rule.condition === '' ? {} : { when: rule.condition }),
  }));
}

const changedRule = ruleParams.extend({ ID: z.string().max(300).optional() });

/** What a rule says, as a document has it. */
export const written = ({ name, text: rule, when }: Policy['rules'][number]) => ({
  name,
  rule,
  ...(when === null ? {} : { when }),
});

/** The rules of a policy, some in the place of those they name, the others behind them; throws `not-found` for an ID that is none. */
function mergedRules(policy: Policy, given: readonly z.infer<typeof changedRule>[]) {
  const byId = new Map(policy.rules.map((rule) => [ruleId(policy, rule), rule]));
  const strange = given.find(({ ID }) => ID !== undefined && !byId.has(ID));
  if (strange !== undefined) {
    throw new Problem('not-found', `policy \`${policy.name}\` has no rule \`${strange.ID ?? ''}\``);
  }
  const kept = [...byId].flatMap(([id, rule]) => {
    const other = given.find(({ ID }) => ID === id);
    return other === undefined ? [written(rule)] : rulesOf([other]);
  });
  return [...kept, ...rulesOf(given.filter(({ ID }) => ID === undefined))];
}

async function roleNames(tx: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const id of ids) names.push((await findVaultRole(tx, id)).name);
  return names;
}

const assignBody = z.object({ ID: word, roleIDs: z.array(word).min(1).max(500) });
const answersId = z.object({ ID: z.string() });

export const vaultPolicyRoutes = [
  route({
    method: 'GET',
    path: '/v1/policies',
    prefix,
    need: READERS,
    area,
    summary: 'List vault policies',
    query: z.object({ 'resource.ID': word.optional(), 'resource.type': z.string().optional() }),
    answers: z.object({ policies: z.array(policyShape) }),
    handle: async ({ room, query }) => {
      const vault = query['resource.ID'];
      return { policies: (await listVaultPolicies(room.office.pool, { vault })).map(shown) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/policies',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Create a vault policy; it is stored as the document a file would hold',
    body: z.object({
      name: word,
      displayName: z.string().max(200).optional(),
      description: text.default(''),
      resource,
      activated: z.boolean().default(true),
      ruleParams: z.array(ruleParams).min(1).max(500),
    }),
    answers: answersId,
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => {
        const { name: vault } = await findVault(work.tx, body.resource.ID);
        if ((await listVaultPolicies(work.tx, { name: body.name })).length > 0) {
          throw new Problem('conflict', `a policy is called \`${body.name}\` already`);
        }
        await writeVaultPolicy(work, {
          apiVersion: 'privet/v1',
          kind: 'VaultPolicy',
          name: body.name,
          description: body.description,
          state: body.activated ? 'active' : 'staged',
          vault,
          rules: rulesOf(body.ruleParams),
        });
        return { ID: body.name };
      }),
  }),
  route({
    method: 'POST',
    path: '/v1/policies/assign',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Give a vault policy to roles',
    body: assignBody,
    answers: answersId,
    handle: ({ body, does }) =>
      does(async (work) => {
        const { json, policy } = await findVaultPolicy(work.tx, body.ID);
        const roles = new Set([...policy.roles, ...(await roleNames(work.tx, body.roleIDs))]);
        await writeVaultPolicy(work, { ...json, roles: [...roles] });
        return { ID: body.ID };
      }),
  }),
  route({
    method: 'POST',
    path: '/v1/policies/unassign',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Take a vault policy from roles',
    body: assignBody,
    answers: answersId,
    handle: ({ body, does }) =>
      does(async (work) => {
        const { json, policy } = await findVaultPolicy(work.tx, body.ID);
        const gone = new Set(await roleNames(work.tx, body.roleIDs));
        const kept = policy.roles.filter((name) => !gone.has(name));
        const { roles: _roles, ...rest } = json;
        await writeVaultPolicy(work, kept.length === 0 ? rest : { ...rest, roles: kept });
        return { ID: body.ID };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:id',
    prefix,
    need: READERS,
    area,
    summary: 'Show a vault policy with its rules',
    params: idParams,
    answers: z.object({ policy: policyShape }),
    handle: async ({ room, params }) => ({
      policy: shown(await findVaultPolicy(room.office.pool, params.id)),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/v1/policies/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Change the description or the rules of a vault policy',
    params: idParams,
    body: z.object({
      policy: z
        .object({ description: text.optional() })
        .optional()
        .describe(
          'the form of Skyflow: a rule with the ID of one takes its place, others are added',
        ),
      description: text.optional(),
      ruleParams: z
        .array(changedRule)
        .max(500)
        .optional()
        .describe('without `policy`, all of them'),
    }),
    answers: answersId,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const { json, policy } = await findVaultPolicy(work.tx, params.id);
        const { ruleParams: given = [] } = body;
        const description = body.policy?.description ?? body.description;
        const rules = body.policy === undefined ? rulesOf(given) : mergedRules(policy, given);
        await writeVaultPolicy(work, {
          ...json,
          ...(description === undefined ? {} : { description }),
          ...(given.length === 0 ? {} : { rules }),
        });
        return { ID: params.id };
      }),
  }),
  route({
    method: 'PATCH',
    path: '/v1/policies/:id/status',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Put a vault policy in force, or out of it',
    params: idParams,
    body: z.object({ status: z.enum(['ACTIVE', 'INACTIVE']) }),
    answers: answersId,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const { json } = await findVaultPolicy(work.tx, params.id);
        const state = body.status === 'ACTIVE' ? 'active' : 'staged';
        await writeVaultPolicy(work, { ...json, state });
        return { ID: params.id };
      }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/policies/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Remove a vault policy',
    params: idParams,
    answers: answersId,
    handle: ({ params, does }) =>
      does(async (work) => {
        await removeVaultPolicy(work, params.id);
        return { ID: params.id };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:id/roles',
    prefix,
    need: READERS,
    area,
    summary: 'List the names of roles a vault policy is for',
    params: idParams,
    answers: z.object({ roles: z.array(z.string()) }),
    handle: async ({ room, params }) => ({
      roles: [...(await findVaultPolicy(room.office.pool, params.id)).policy.roles],
    }),
  }),
];
