import { PERMISSIONS } from '#boundary';
import type { Permission } from '#boundary';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { touch } from './revision.ts';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const GRANT = statement(import.meta.url, 'sql/grant-permission.sql');
const REVOKE = statement(import.meta.url, 'sql/revoke-permission.sql');
const COUNT = statement(import.meta.url, 'sql/count-administrators.sql');
const LOCK = statement(import.meta.url, 'sql/lock-administrators.sql');
const SUBJECT_ID = statement(import.meta.url, 'sql/subject-id.sql');

/** What each permission is for; who may see data is policy's matter, not this list's. */
export const PERMISSION_MEANINGS: Readonly<Record<Permission, string>> = {
  governor: 'writes policies, purposes, projects and tags',
  'data-owner': 'registers sources, describes and reviews their own, unmasks where policy allows',
  'user-admin': 'manages people, service accounts, groups, attributes and permissions',
  auditor: 'reads the ledger, decisions and everything that is configured; changes nothing',
  operator: 'enrols planes, rolls keys, watches health; sees no data',
  'vault-mover': 'exports and imports whole vaults, values and tokens with them',
};

/** Whether a text names a permission. */
export function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text);
}

/** Gives a subject a permission; giving it twice changes nothing. */
export async function grantPermission(
  work: Work,
  name: string,
  permission: Permission,
): Promise<void> {
  const subject = await subjectNamed(work.tx, name);
  const row = [subject.id, permission, momentOf(work), work.actor.name];
  const { rowCount } = await work.tx.query(GRANT, row);
  if (rowCount === 0) return;
  await recordAct(work, { action: 'permission-granted', target: `${subject.name} ${permission}` });
  await touch(work.tx);
}

/** Takes a permission away; throws `conflict` when nobody could manage people afterwards. */
export async function revokePermission(
  work: Work,
  name: string,
  permission: Permission,
): Promise<void> {
  const { id, name: called } = await subjectNamed(work.tx, name);
  if (permission === 'user-admin') await requireAnotherAdministrator(work, id);
  const { rowCount } = await work.tx.query(REVOKE, [id, permission]);
  if (rowCount === 0) return;
  await recordAct(work, { action: 'permission-revoked', target: `${called} ${permission}` });
  await touch(work.tx);
}

/** Throws `conflict` unless an active person other than this one can manage people: Privet must not lock itself. */
export async function requireAnotherAdministrator(work: Work, id: string): Promise<void> {
  // Two administrators who remove each other at the same moment must meet here.
  await work.tx.query(LOCK);
  const { rows } = await work.tx.query<{ administrators: number }>(COUNT, [id]);
  if ((rows[0]?.administrators ?? 0) > 0) return;
  throw new Problem('conflict', 'this is the last active person with permission `user-admin`', {
    hint: 'give `user-admin` to another person first',
  });
}

async function subjectNamed(tx: Queryable, name: string): Promise<{ id: string; name: string }> {
  const { rows } = await tx.query<{ id: string; name: string }>(SUBJECT_ID, [name]);
  if (rows[0] === undefined) throw new Problem('not-found', `no subject is called \`${name}\``);
  return rows[0];
}
