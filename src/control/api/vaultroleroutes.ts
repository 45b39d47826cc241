import { z } from 'zod';
import { Problem } from '#base/problem';
import { findVault, listVaults } from '#control/catalog';
import { explainOwnVaultNow, explainVaultNow, listVaultPolicies } from '#control/access';
import {
  changeVaultRole,
  createVaultRole,
  findVaultRole,
  joinVaultRole,
  leaveVaultRole,
  listVaultRoles,
  removeVaultRole,
} from '#control/accounts';
import type { VaultRole } from '#control/accounts';
import { hasAny, permission, SESSION } from './need.ts';
import { route } from './route.ts';
import { moment, text, word } from './shape.ts';

const area = 'vault roles';
const READERS = permission('user-admin', 'governor', 'auditor');
const GOVERNOR = permission('governor');
const ADMIN = permission('user-admin');
/** Who may ask about others. */
const TRUSTED = ['governor', 'auditor', 'data-owner'] as const;
const prefix = '';

const idParams = z.object({ id: word });
const resource = z.object({ ID: word, type: z.literal('VAULT') });
const memberType = z.enum(['USER', 'SERVICE_ACCOUNT']);
const members = z.array(z.object({ ID: word, type: memberType.optional() }));

const roleType = z.enum(['SYSTEM', 'CUSTOM']);
const roleShape = z.object({
  ID: z.string(),
  definition: z.object({
    name: z.string(),
    displayName: z.string(),
    description: z.string(),
    type: roleType,
    permissions: z.array(z.string()).describe('none: policies say what a role may do'),
  }),
  resource,
  createdOn: moment,
  createdBy: z.string(),
});

function shown(role: VaultRole): z.infer<typeof roleShape> {
  const { id, name, displayName, description, definition, vault, createdAt, createdBy } = role;
  const type = definition === 'CUSTOM' ? 'CUSTOM' : 'SYSTEM';
  return {
    ID: id,
    definition: { name, displayName, description, type, permissions: [] },
    resource: { ID: vault, type: 'VAULT' },
    createdOn: createdAt,
    createdBy,
  };
}

const MEMBER_TYPES = { person: 'USER', service: 'SERVICE_ACCOUNT' } as const;

const assignBody = z.object({ ID: word, members: members.min(1).max(500) });

export const vaultRoleRoutes = [
  route({
    method: 'GET',
    path: '/v1/roles',
    prefix,
    need: READERS,
    area,
    summary: 'List roles at vaults',
    query: z.object({
      name: word.optional(),
      type: roleType.optional(),
      'resource.ID': word.optional(),
      'resource.type': z.string().optional(),
    }),
    answers: z.object({ roles: z.array(roleShape) }),
    handle: async ({ room, query: { name, type, 'resource.ID': vault } }) => {
      const roles = (await listVaultRoles(room.office.pool, { vault })).map(shown);
      const fits = ({ definition }: (typeof roles)[number]) =>
        definition.name === (name ?? definition.name) &&
        definition.type === (type ?? definition.type);
      return { roles: roles.filter(fits) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/roles',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Create a role at a vault',
    body: z.object({
      roleDefinition: z.object({
        name: word,
        displayName: z.string().max(200).optional(),
        description: z.string().max(200).optional(),
      }),
      resource,
    }),
    answers: z.object({ ID: z.string() }),
    status: 201,
    handle: ({ body, does }) =>
      does(async (work) => {
        const { id: vault } = await findVault(work.tx, body.resource.ID);
        return { ID: (await createVaultRole(work, { ...body.roleDefinition, vault })).id };
      }),
  }),
  route({
    method: 'POST',
    path: '/v1/roles/assign',
    prefix,
    need: ADMIN,
    area,
    summary: 'Give a role to people or service accounts',
    body: assignBody,
    answers: z.object({ ID: z.string() }),
    handle: ({ body, does }) =>
      does(async (work) => {
        for (const member of body.members) await joinVaultRole(work, body.ID, member.ID);
        return { ID: body.ID };
      }),
  }),
  route({
    method: 'POST',
    path: '/v1/roles/unassign',
    prefix,
    need: ADMIN,
    area,
    summary: 'Take a role away from people or service accounts',
    body: assignBody,
    answers: z.object({ ID: z.string() }),
    handle: ({ body, does }) =>
      does(async (work) => {
        for (const member of body.members) await leaveVaultRole(work, body.ID, member.ID);
        return { ID: body.ID };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/roles/:id',
    prefix,
    need: READERS,
    area,
    summary: 'Show a role',
    params: idParams,
    answers: z.object({ role: roleShape }),
    handle: async ({ room, params }) => ({
      role: shown(await findVaultRole(room.office.pool, params.id)),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/v1/roles/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Change what a role is called for people; policies know it by its name, which stays',
    params: idParams,
    body: z.object({
      roleDefinition: z.object({ displayName: text.optional(), description: text.optional() }),
    }),
    answers: z.object({ ID: z.string() }),
    handle: ({ params, body, does }) =>
      does(async (work) => ({
        ID: (await changeVaultRole(work, params.id, body.roleDefinition)).id,
      })),
  }),
  route({
    method: 'DELETE',
    path: '/v1/roles/:id',
    prefix,
    need: GOVERNOR,
    area,
    summary: 'Remove a role; system roles stay',
    params: idParams,
    answers: z.object({ ID: z.string() }),
    handle: ({ params, does }) =>
      does(async (work) => {
        await removeVaultRole(work, params.id);
        return { ID: params.id };
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/roles/:id/members',
    prefix,
    need: READERS,
    area,
    summary: 'List who holds a role',
    params: idParams,
    answers: z.object({
      members: z.array(z.object({ ID: z.string(), name: z.string(), type: memberType })),
    }),
    handle: async ({ room, params }) => {
      const role = await findVaultRole(room.office.pool, params.id);
      return {
        members: role.members.map(({ id, name, kind }) => {
          return { ID: id, name, type: MEMBER_TYPES[kind] };
        }),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/roles/:id/policies',
    prefix,
    need: READERS,
    area,
    summary: 'List the policies that name a role',
    params: idParams,
    answers: z.object({ policies: z.array(z.object({ ID: z.string(), name: z.string() })) }),
    handle: async ({ room, params }) => {
      const { pool } = room.office;
      const role = await findVaultRole(pool, params.id);
      const policies = await listVaultPolicies(pool, { vault: role.vault, role: role.name });
      return { policies: policies.map(({ name }) => ({ ID: name, name })) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/members/:id/roles',
    prefix,
    need: READERS,
    area,
    summary: 'List the roles a person or a service account holds',
    params: idParams,
    query: z.object({ 'member.type': z.string().optional() }),
    answers: z.object({
      roles: z.array(roleShape),
      roleToResource: z
        .array(z.object({ role: roleShape, resource }))
        .describe('the same, as Skyflow gives them'),
    }),
    handle: async ({ room, params }) => {
      const roles = (await listVaultRoles(room.office.pool, { member: params.id })).map(shown);
      return { roles, roleToResource: roles.map((role) => ({ role, resource: role.resource })) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/roleDefinitions',
    prefix,
    need: READERS,
    area,
    summary: 'List the names of roles there are',
    answers: z.object({ roleDefinitions: z.array(roleShape.shape.definition) }),
    handle: async ({ room }) => {
      const roles = await listVaultRoles(room.office.pool);
      const byName = new Map(roles.map((role) => [role.name, shown(role).definition]));
      return { roleDefinitions: [...byName.values()] };
    },
  }),
  route({
    method: 'POST',
    path: '/vaults/explain',
    need: SESSION,
    area,
    summary:
      'Say what policy lets somebody do with a table of a vault now, and why; yourself, or anybody for governors',
    body: z.object({
      subject: word.optional().describe('a person or a service account; yourself when left out'),
      vault: word,
      table: word,
      operation: z.enum(['read', 'insert', 'update', 'delete', 'tokenize', 'detokenize']),
      purpose: word.nullable().default(null),
      ticket: z.boolean().default(false),
      context: z
        .union([z.string().max(1_024), z.record(word, word)])
        .nullable()
        .default(null),
    }),
    answers: z.object({
      id: z.string(),
      effect: z.enum(['allow', 'deny']),
      subject: z.string(),
      lines: z.array(z.string()).describe('the proof'),
    }),
    handle: ({ room, body, caller }) => {
      const { name } = caller();
      const asked = { ...body, subject: body.subject ?? name };
      const { pool, clock } = room.office;
      if (hasAny(caller(), TRUSTED)) return explainVaultNow(pool, asked, clock());
      if (asked.subject === name) return explainOwnVaultNow(pool, asked, clock());
      throw new Problem('denied', 'this needs permission `governor`, `auditor` or `data-owner`', {
        hint: 'you may ask about yourself',
      });
    },
  }),
  route({
    method: 'GET',
    path: '/vaults',
    need: permission('user-admin', 'governor', 'auditor', 'data-owner'),
    area,
    summary: 'List the vaults planes have, with their tables and columns',
    answers: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          plane: z.string(),
          name: z.string(),
          description: z.string(),
          version: z.number(),
          tables: z.array(
            z.object({
              id: z.string(),
              name: z.string(),
              columns: z.array(
                z.object({
                  id: z.string(),
                  name: z.string(),
                  type: z.string(),
                  groups: z.array(z.string()),
                  redaction: z.enum(['PLAIN_TEXT', 'MASKED', 'REDACTED']),
                }),
              ),
            }),
          ),
        }),
      ),
    }),
    handle: async ({ room }) => ({ items: await listVaults(room.office.pool) }),
  }),
];
