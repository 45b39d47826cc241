import type { Permission } from '#boundary';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import type { ActionName } from './act.ts';
import { lineOf, subjectName } from './name.ts';
import { checkPassword, hashPassword } from './password.ts';
import { requireAnotherAdministrator } from './permission.ts';
import { touch } from './revision.ts';
import { scramVerifier } from './scram.ts';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-subject.sql');
const FIND = statement(import.meta.url, 'sql/find-subject.sql');
const LIST = statement(import.meta.url, 'sql/list-subjects.sql');
const SET_PASSWORD = statement(import.meta.url, 'sql/set-password.sql');
const SET_STATE = statement(import.meta.url, 'sql/set-state.sql');
const SET_DISPLAY_NAME = statement(import.meta.url, 'sql/set-display-name.sql');
const DELETE = statement(import.meta.url, 'sql/delete-subject.sql');
const END_SESSIONS = statement(import.meta.url, 'sql/end-sessions.sql');
const REVOKE_TOKENS = statement(import.meta.url, 'sql/revoke-tokens.sql');

export type SubjectKind = 'person' | 'service';
export type SubjectState = 'active' | 'locked' | 'disabled';

/** A person or service account as people may see it: no hash, no key. */
export type Subject = {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly kind: SubjectKind;
  readonly displayName: string;
  readonly state: SubjectState;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly permissions: readonly Permission[];
  readonly password: 'none' | 'temporary' | 'set';
  readonly createdAt: string;
};

/** What is needed to check a password; never leaves this part. */
export type Credentials = {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly kind: SubjectKind;
  readonly state: SubjectState;
  readonly password_hash: string | null;
  readonly password_temporary: boolean;
};

export type SubjectSpec = {
  readonly name: string;
  readonly kind: SubjectKind;
  readonly displayName?: string | undefined;
};

/** Creates a subject without password, group or permission; throws `conflict` when the name is taken. */
export async function createSubject(work: Work, spec: SubjectSpec): Promise<Id<'sub'>> {
  const name = subjectName(spec.name);
  const displayName = spec.displayName ? lineOf(spec.displayName, 'display name') : '';
  const id = newId('sub', work);
  const row = [id, name, spec.kind, displayName, momentOf(work), work.actor.name];
  const { rowCount } = await work.tx.query(INSERT, row);
  if (rowCount === 0) throw new Problem('conflict', `subject \`${name}\` exists already`);
  await finish(work, 'subject-created', name);
  return id;
}

/** A new password; `temporary` when somebody else chose it, and then good only for choosing another. */
export type NewPassword = { readonly text: string; readonly temporary: boolean };

/**
 * Sets a person's password, ends their other sessions and renews their SCRAM verifier; throws `invalid` when the
 * rules refuse it or the subject is a service account.
 */
export async function setPassword(work: Work, name: string, password: NewPassword): Promise<void> {
  const subject = await credentialsOf(work.tx, name);
  if (subject.kind !== 'person') {
    throw new Problem('invalid', `\`${name}\` is a service account and has no password`, {
      hint: 'create a token for it',
    });
  }
  checkPassword(password.text, subject.name);
  const hashed = await hashPassword(password.text);
  const scram = await scramVerifier(password.text, work.random);
  const row = [subject.id, hashed, password.temporary, momentOf(work), JSON.stringify(scram)];
  await work.tx.query(SET_PASSWORD, row);
  await work.tx.query(END_SESSIONS, [subject.id, '']);
  await finish(work, 'password-set', subject.name);
}

/** The subject of that name or id with what checks its password; throws `not-found`. */
export async function credentialsOf(tx: Queryable, name: string): Promise<Credentials> {
  const { rows } = await tx.query<Credentials>(FIND, [name]);
  const found = rows[0];
  if (found === undefined) throw new Problem('not-found', `no subject is called \`${name}\``);
  return found;
}

export type SubjectFilter = {
  readonly kind?: SubjectKind | undefined;
  /** Only names after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Subjects by name. */
export async function listSubjects(
  tx: Queryable,
  filter: SubjectFilter,
): Promise<readonly Subject[]> {
  const values = [filter.kind ?? null, filter.after ?? null, null, filter.limit];
  const { rows } = await tx.query<SubjectRow>(LIST, values);
  return rows.map(subjectOf);
}

/** One subject by name or id; throws `not-found`. */
export async function findSubject(tx: Queryable, name: string): Promise<Subject> {
  const { rows } = await tx.query<SubjectRow>(LIST, [null, null, name, 1]);
  const found = rows[0];
  if (found === undefined) throw new Problem('not-found', `no subject is called \`${name}\``);
  return subjectOf(found);
}

const STATE_ACTIONS: Readonly<Record<SubjectState, ActionName>> = {
  active: 'subject-unlocked',
  locked: 'subject-locked',
  disabled: 'subject-disabled',
};

/** Locks, disables or opens an account; whoever may not sign in loses every session, the disabled also every token. */
export async function setSubjectState(
  work: Work,
  name: string,
  state: SubjectState,
): Promise<void> {
  const subject = await credentialsOf(work.tx, name);
  if (state !== 'active') {
    await requireAnotherAdministrator(work, subject.id);
    await work.tx.query(END_SESSIONS, [subject.id, '']);
  }
  if (state === 'disabled') await work.tx.query(REVOKE_TOKENS, [subject.id, momentOf(work)]);
  await work.tx.query(SET_STATE, [subject.id, state]);
  await finish(work, STATE_ACTIONS[state], subject.name);
}

/** Changes what a subject is called on screen. */
export async function setDisplayName(work: Work, name: string, text: string): Promise<void> {
  const subject = await credentialsOf(work.tx, name);
  await work.tx.query(SET_DISPLAY_NAME, [subject.id, lineOf(text, 'display name')]);
  await finish(work, 'subject-changed', subject.name);
}

/** Removes a subject with its sessions, tokens, groups and attributes; the acts it did stay. */
export async function removeSubject(work: Work, name: string): Promise<void> {
  const subject = await credentialsOf(work.tx, name);
  await requireAnotherAdministrator(work, subject.id);
  await work.tx.query(DELETE, [subject.id]);
  await finish(work, 'subject-removed', subject.name);
}

async function finish(work: Work, action: ActionName, target: string): Promise<void> {
  await recordAct(work, { action, target });
  await touch(work.tx);
}

type SubjectRow = Pick<Subject, 'id' | 'name' | 'kind' | 'state' | 'groups' | 'attributes'> & {
  readonly permissions: readonly Permission[];
  readonly display_name: string;
  readonly has_password: boolean;
  readonly password_temporary: boolean;
  readonly created_at: Date;
};

function subjectOf(row: SubjectRow): Subject {
  const { id, name, kind, state, groups, attributes, permissions } = row;
  const password = !row.has_password ? 'none' : row.password_temporary ? 'temporary' : 'set';
  const createdAt = row.created_at.toISOString();
  return {
    id,
    name,
    kind,
    displayName: row.display_name,
    state,
    groups,
    attributes,
    permissions,
    password,
    createdAt,
  };
}
