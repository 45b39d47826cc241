import type { Bundle } from '#boundary';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { findSubject, lineOf, momentOf, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';

const INSERT = statement(import.meta.url, 'sql/insert-vault-role.sql');
const LIST = statement(import.meta.url, 'sql/list-vault-roles.sql');
const CHANGE = statement(import.meta.url, 'sql/change-vault-role.sql');
const DELETE = statement(import.meta.url, 'sql/delete-vault-role.sql');
const DROP_ALL = statement(import.meta.url, 'sql/drop-vault-roles.sql');
const JOIN = statement(import.meta.url, 'sql/join-vault-role.sql');
const LEAVE = statement(import.meta.url, 'sql/leave-vault-role.sql');

/** Policies name roles, so a name says nothing else and never changes. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/u;
const SYSTEM_ROLES = ['VAULT_OWNER', 'VAULT_EDITOR', 'VAULT_VIEWER'] as const;

type RoleDefinition = Bundle['roles'][number]['definition'];

/** A role at one vault with the people and service accounts that hold it. */
export type VaultRole = {
  readonly id: Id<'rol'>;
  readonly vault: Id<'vlt'>;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly definition: RoleDefinition;
  readonly members: readonly RoleMember[];
  readonly createdAt: string;
  readonly createdBy: string;
};
export type RoleMember = {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly kind: 'person' | 'service';
};

export type VaultRoleSpec = {
  readonly vault: string;
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
};

/** Creates a role that holds nothing until policies name it; throws `conflict` when the vault has one of that name. */
export async function createVaultRole(work: Work, spec: VaultRoleSpec): Promise<VaultRole> {
  if (!NAME.test(spec.name)) {
    throw new Problem(
      'invalid',
      'role name expected 1 to 63 letters, digits or `_ . -`, a letter first',
    );
  }
  const id = await insertRole(work, spec, 'CUSTOM');
  if (id === null) {
    throw new Problem('conflict', `the vault has a role \`${spec.name}\` already`);
  }
  await finish(work, spec);
  return findVaultRole(work.tx, id);
}

/** Gives a vault its system roles, once; nobody holds them yet. */
export async function createSystemRoles(work: Work, vault: string): Promise<void> {
  for (const name of SYSTEM_ROLES) await insertRole(work, { vault, name }, name);
}

async function insertRole(
  work: Work,
  { vault, name, displayName, description }: VaultRoleSpec,
  definition: RoleDefinition,
): Promise<string | null> {
  const id = newId('rol', work);
  const words = [displayName, description].map((text) =>
    text ? lineOf(text, 'text of a role') : '',
  );
  const row = [id, vault, name, ...words, definition, momentOf(work), work.actor.name];
  const { rowCount } = await work.tx.query(INSERT, row);
  return rowCount === 0 ? null : id;
}

export type RoleFilter = {
  readonly vault?: string | undefined;
  readonly id?: string | undefined;
  /** Only those this subject holds. */
  readonly member?: string | undefined;
};

/** Roles by vault and name. */
export async function listVaultRoles(
  tx: Queryable,
  filter: RoleFilter = {},
): Promise<readonly VaultRole[]> {
  const values = [filter.vault ?? null, filter.id ?? null, filter.member ?? null];
  const { rows } = await tx.query<RoleRow>(LIST, values);
  return rows.map(
    ({ display_name: displayName, created_at: at, created_by: createdBy, ...row }) => ({
      ...row,
      displayName,
      createdAt: at.toISOString(),
      createdBy,
    }),
  );
}

/** The role of that id; throws `not-found`. */
export async function findVaultRole(tx: Queryable, id: string): Promise<VaultRole> {
  const [role] = await listVaultRoles(tx, { id });
  if (role === undefined) throw new Problem('not-found', `no role has the id \`${id}\``);
  return role;
}

/** Changes what a role is called for people; its name stays. */
export async function changeVaultRole(
  work: Work,
  id: string,
  words: Pick<VaultRoleSpec, 'displayName' | 'description'>,
): Promise<VaultRole> {
  const [shown, said] = [words.displayName, words.description].map((text) =>
    text === undefined || text === '' ? (text ?? null) : lineOf(text, 'text of a role'),
  );
  await work.tx.query(CHANGE, [id, shown, said]);
  await finish(work, await findVaultRole(work.tx, id));
  return findVaultRole(work.tx, id);
}

/** Removes a role; who held it loses what it gave. System roles stay. */
export async function removeVaultRole(work: Work, id: string): Promise<void> {
  const role = await findVaultRole(work.tx, id);
  if (role.definition !== 'CUSTOM') {
    throw new Problem('conflict', `\`${role.name}\` is a system role and stays`);
  }
  await work.tx.query(DELETE, [id]);
  await finish(work, role);
}

/** Removes every role of a vault that is gone. */
export async function dropVaultRoles(work: Work, vault: string): Promise<void> {
  await work.tx.query(DROP_ALL, [vault]);
}

/** Makes a subject, by name or id, a holder of the role. */
export async function joinVaultRole(work: Work, id: string, subject: string): Promise<void> {
  await changeHolder(work, JOIN, [id, subject]);
}

export async function leaveVaultRole(work: Work, id: string, subject: string): Promise<void> {
  await changeHolder(work, LEAVE, [id, subject]);
}

async function changeHolder(
  work: Work,
  sql: string,
  [id, subject]: readonly [string, string],
): Promise<void> {
  const role = await findVaultRole(work.tx, id);
  const holder = await findSubject(work.tx, subject);
  const { rowCount } = await work.tx.query(sql, [role.id, holder.id]);
  if (rowCount !== 0)
    await finish(work, { vault: role.vault, name: `${role.name} ${holder.name}` });
}

async function finish(
  work: Work,
  { vault, name }: Pick<VaultRoleSpec, 'vault' | 'name'>,
): Promise<void> {
  await recordAct(work, { action: 'role-changed', target: `${vault} ${name}` });
  await touch(work.tx);
}

/** Every role as a bundle carries it. */
export async function bundleRoles(
  tx: Queryable,
  vaults: ReadonlySet<string>,
): Promise<Bundle['roles']> {
  const roles = await listVaultRoles(tx);
  return roles
    .filter(({ vault }) => vaults.has(vault))
    .map(({ id, vault, name, definition, members }) => {
      return { id, vault, name, definition, members: members.map((member) => member.id) };
    });
}

type RoleRow = Omit<VaultRole, 'displayName' | 'createdAt' | 'createdBy'> & {
  readonly display_name: string;
  readonly created_at: Date;
  readonly created_by: string;
};
