import { z } from 'zod';
import { Problem } from '#base/problem';
import { findVaultPolicy, listVaultPolicies, writeVaultPolicy } from '#control/access';
import type { StoredVaultPolicy } from '#control/access';
import { listVaultRoles } from '#control/accounts';
import { SYSTEM_ROLE_RULES } from '#engines/policy';
import type { Queryable } from '#platform/db';
import { permission } from './need.ts';
import { route } from './route.ts';
import { word } from './shape.ts';
import { ruleId, ruleParams, ruleShape, rulesOf, shownRule, written } from './vaultpolicyroutes.ts';

const area = 'vault policies';
const READERS = permission('governor', 'auditor', 'data-owner');
const GOVERNOR = permission('governor');
const prefix = '';

const RULES_MAX = 500;
const idParams = z.object({ id: z.string().min(1).max(300) });
const answersId = z.object({ ID: z.string() });
const placedShape = ruleShape.extend({ policyID: z.string() });

type Rule = StoredVaultPolicy['policy']['rules'][number];

/** The policy a rule is in, and the rule; throws `not-found`. */
async function findRule(
  tx: Queryable,
  id: string,
): Promise<{ readonly stored: StoredVaultPolicy; readonly rule: Rule }> {
  for (const stored of await listVaultPolicies(tx)) {
    const rule = stored.policy.rules.find((one) => ruleId(stored.policy, one) === id);
    if (rule !== undefined) return { stored, rule };
  }
  throw new Problem('not-found', `no rule of a vault policy is called \`${id.slice(0, 200)}\``, {
    hint: '`GET /v1/policies/rules` lists them: the name of the policy, a dot, the name of the rule',
  });
}

function placed({ policy }: StoredVaultPolicy, rule: Rule): z.infer<typeof placedShape> {
  return { ...shownRule(policy, rule), policyID: policy.name };
}

/** Rules one by one, and what somebody may do at vaults: Skyflow's paths over the documents there are. */
export const vaultRuleRoutes = [
  route({
    method: 'GET',
    path: '/v1/policies/rules',
    prefix,
    need: READERS,
    area,
    summary: 'List the rules of vault policies',
    query: z.object({ policyID: word.optional(), 'resource.ID': word.optional() }),
    answers: z.object({ rules: z.array(placedShape) }),
    handle: async ({ room, query }) => {
      const filter = { name: query.policyID, vault: query['resource.ID'] };
      const policies = await listVaultPolicies(room.office.pool, filter);
      return {
        rules: policies.flatMap((stored) =>
          stored.policy.rules.map((rule) => placed(stored, rule)),
        ),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/policies/rules',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Add rules to a vault policy',
    body: z.object({ policyID: word, ruleParams: z.array(ruleParams).min(1).max(RULES_MAX) }),
    answers: z.object({ IDs: z.array(z.string()) }),
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => {
        const { json, policy } = await findVaultPolicy(work.tx, body.policyID);
        const taken = new Set(policy.rules.map(({ name }) => name));
        for (const { name } of body.ruleParams) {
          if (!taken.has(name)) taken.add(name);
          else throw new Problem('conflict', `policy \`${policy.name}\` has a rule \`${name}\``);
        }
        const rules = [...policy.rules.map(written), ...rulesOf(body.ruleParams)];
        await writeVaultPolicy(work, { ...json, rules });
        return { IDs: body.ruleParams.map((rule) => ruleId(policy, rule)) };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/rules/:id',
    prefix,
    need: READERS,
    area,
    summary: 'Show a rule of a vault policy',
    params: idParams,
    answers: z.object({ rule: placedShape }),
    handle: async ({ room, params }) => {
      const { stored, rule } = await findRule(room.office.pool, params.id);
      return { rule: placed(stored, rule) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/policies/rules/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Put another rule in the place of one',
    params: idParams,
    body: z.object({ ruleParams }),
    answers: answersId,
    handle: ({ params, body, does }) =>
      does(async (work) => {
        const { stored, rule } = await findRule(work.tx, params.id);
        const rules = stored.policy.rules.flatMap((one) =>
          one === rule ? rulesOf([body.ruleParams]) : [written(one)],
        );
        await writeVaultPolicy(work, { ...stored.json, rules });
        return { ID: ruleId(stored.policy, body.ruleParams) };
      }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/policies/rules/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Take a rule out of a vault policy; the only one stays',
    params: idParams,
    answers: answersId,
    handle: ({ params, does }) =>
      does(async (work) => {
        const { stored, rule } = await findRule(work.tx, params.id);
        const rules = stored.policy.rules.filter((one) => one !== rule).map(written);
        if (rules.length === 0) {
          throw new Problem('conflict', 'the rule is the only one of its policy', {
            hint: 'remove the policy, or put another rule in its place',
          });
        }
        await writeVaultPolicy(work, { ...stored.json, rules });
        return { ID: params.id };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/members/:id/permissions',
    prefix,
    need: permission('user-admin', 'governor', 'auditor'),
    area: 'vault roles',
    summary: 'List the rules that a person or a service account has by its roles at vaults',
    params: z.object({ id: word }),
    query: z.object({ 'resource.ID': word.optional(), 'resource.type': z.string().optional() }),
    answers: z.object({
      permissions: z.array(
        z.object({
          resource: z.object({ ID: z.string(), type: z.literal('VAULT') }),
          roleID: z.string(),
          role: z.string(),
          policyID: z.string().nullable().describe('null for what a system role may do by itself'),
          ruleExpression: z.string(),
          condition: z.string().nullable(),
        }),
      ),
    }),
    handle: async ({ room, params, query }) => {
      const { pool } = room.office;
      const wanted = query['resource.ID'];
      const roles = (await listVaultRoles(pool, { member: params.id })).filter(
        ({ vault }) => wanted === undefined || vault === wanted,
      );
      const permissions = [];
      for (const role of roles) {
        const head = { resource: { ID: role.vault, type: 'VAULT' as const }, roleID: role.id };
        for (const ruleExpression of SYSTEM_ROLE_RULES[role.definition]) {
          const own = { policyID: null, ruleExpression, condition: null };
          permissions.push({ ...head, role: role.name, ...own });
        }
        const policies = await listVaultPolicies(pool, { vault: role.vault, role: role.name });
        for (const { policy } of policies.filter((one) => one.policy.state === 'active')) {
          for (const { text, when } of policy.rules) {
            const rule = { policyID: policy.name, ruleExpression: text, condition: when };
            permissions.push({ ...head, role: role.name, ...rule });
          }
        }
      }
      return { permissions };
    },
  }),
];
