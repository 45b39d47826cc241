import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, LeafCall } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import { vaultId, vaultPath } from './vaultline.ts';

const roleShape = z.object({
  ID: z.string(),
  definition: z.object({ name: z.string(), displayName: z.string(), type: z.string() }),
});
type Role = z.infer<typeof roleShape>;
const membersShape = z.object({ members: z.array(z.object({ ID: z.string(), name: z.string() })) });
type HeldRole = Role & z.infer<typeof membersShape>;

/** `privet vault role …`: roles at a vault and who holds them; what they allow is policy. */
export function addVaultRoles(cli: Cli, vault: Command): void {
  const role = branch(vault, 'role', 'roles at a vault: create, give, take');
  addExplain(cli, vault);
  leaf(cli, role, {
    name: 'list <vault>',
    summary: 'list the roles at a vault, and who holds them',
    examples: ['privet vault role list crm'],
    run: async ({ cli, args }) => {
      const roles: HeldRole[] = [];
      for (const role of await rolesAt(cli, argument({ args }, 0))) {
        const call = { method: 'GET', path: vaultPath('roles', role.ID, 'members') } as const;
        roles.push({ ...role, ...(await cli.lines().control().ask(call, membersShape)) });
      }
      return listed(
        (style) => [
          {
            title: 'role',
            cell: (one: HeldRole) => one.definition.name,
            mark: (text) => style.bold(text),
          },
          { title: 'type', cell: (one) => one.definition.type },
          { title: 'held by', cell: ({ members }) => members.map(({ name }) => name).join(', ') },
          { title: 'id', cell: (one) => one.ID },
        ],
        roles,
        'the vault has no role',
      );
    },
  });
  leaf(cli, role, {
    name: 'create <vault> <role>',
    summary: 'create a role; policies name it, and nothing else gives it anything',
    examples: ['privet vault role create crm support'],
    run: async ({ cli, args }) => {
      const [vaultName, name] = [argument({ args }, 0), argument({ args }, 1)];
      const resource = { ID: await vaultId(cli, vaultName), type: 'VAULT' };
      const body = { roleDefinition: { name }, resource };
      const call = { method: 'POST', path: vaultPath('roles'), body } as const;
      const made = await cli
        .lines()
        .control()
        .ask(call, z.object({ ID: z.string() }));
      return said(`created the role ${name} at ${vaultName}`, made);
    },
  });
  leaf(cli, role, {
    name: 'give <vault> <role> <account>',
    summary: 'give a role to a person or a service account',
    examples: ['privet vault role give crm VAULT_OWNER shop.backend'],
    run: (call) => changeHolder(call, 'assign'),
  });
  leaf(cli, role, {
    name: 'take <vault> <role> <account>',
    summary: 'take a role away',
    examples: ['privet vault role take crm support shop.backend'],
    run: (call) => changeHolder(call, 'unassign'),
  });
}

const explainedShape = z.object({
  id: z.string(),
  effect: z.enum(['allow', 'deny']),
  lines: z.array(z.string()),
});

function addExplain(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'explain <vault> <table>',
    summary: 'say what policy lets you, or somebody, do with a table, and why',
    flags: [
      ['--as <name>', 'the person or service account; yourself when left out'],
      ['--operation <operation>', 'read (default), detokenize, tokenize, insert, update or delete'],
      ['--purpose <purpose>', 'acting for that purpose'],
      ['--ticket', 'having named a ticket'],
    ],
    options: z.object({
      as: z.string().optional(),
      operation: z.string().default('read'),
      purpose: z.string().optional(),
      ticket: z.boolean().default(false),
    }),
    examples: [
      'privet vault explain crm persons',
      'privet vault explain crm persons --as help.desk --operation detokenize',
    ],
    run: async ({ cli, args, options }) => {
      const { as: subject, operation, purpose = null, ticket } = options;
      const [name, table] = [argument({ args }, 0), argument({ args }, 1)];
      const body = { subject, vault: name, table, operation, purpose, ticket };
      const call = { method: 'POST', path: pathOf('vaults', 'explain'), body } as const;
      const found = await cli.lines().control().ask(call, explainedShape);
      return shown(found, () => `${found.lines.map((line) => printable(line)).join('\n')}\n`);
    },
  });
}

async function rolesAt(cli: Cli, vaultName: string): Promise<readonly Role[]> {
  const id = await vaultId(cli, vaultName);
  const path = `${vaultPath('roles')}?resource.ID=${encodeURIComponent(id)}`;
  const shape = z.object({ roles: z.array(roleShape) });
  return (await cli.lines().control().ask({ method: 'GET', path }, shape)).roles;
}

async function changeHolder(
  { cli, args }: LeafCall<unknown>,
  act: 'assign' | 'unassign',
): Promise<Output> {
  const [vaultName, name, account] = [0, 1, 2].map((index) => argument({ args }, index));
  const roles = await rolesAt(cli, vaultName ?? '');
  const role = roles.find((one) => one.definition.name === name || one.ID === name);
  if (role === undefined) throw new Problem('not-found', `the vault has no role \`${name}\``);
  const body = { ID: role.ID, members: [{ ID: account }] };
  await cli
    .lines()
    .control()
    .tell({ method: 'POST', path: vaultPath('roles', act), body });
  const done = act === 'assign' ? 'holds' : 'no longer holds';
  return said(`${account} ${done} ${name} at ${vaultName}`, { role: role.ID, account });
}
