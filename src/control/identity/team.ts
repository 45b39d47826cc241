import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import { GROUPS_MAX } from '#boundary';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { lineOf, teamName } from './name.ts';
import { touch } from './revision.ts';
import { credentialsOf } from './subject.ts';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-team.sql');
const FIND = statement(import.meta.url, 'sql/find-team.sql');
const LIST = statement(import.meta.url, 'sql/list-teams.sql');
const DELETE = statement(import.meta.url, 'sql/delete-team.sql');
const JOIN = statement(import.meta.url, 'sql/join-team.sql');
const COUNT = statement(import.meta.url, 'sql/count-groups.sql');
const LEAVE = statement(import.meta.url, 'sql/leave-team.sql');

/** A group of subjects; the tables say `team` because `group` is a word of SQL's own. */
export type Team = {
  readonly name: string;
  readonly description: string;
  readonly members: readonly string[];
};

export type TeamSpec = { readonly name: string; readonly description?: string | undefined };

/** Creates a group; throws `conflict` when the name is taken. */
export async function createTeam(work: Work, spec: TeamSpec): Promise<void> {
  const name = teamName(spec.name);
  const description = spec.description ? lineOf(spec.description, 'description') : '';
  const row = [newId('grp', work), name, description, momentOf(work)];
  const { rowCount } = await work.tx.query(INSERT, row);
  if (rowCount === 0) throw new Problem('conflict', `group \`${name}\` exists already`);
  await finish(work, name);
}

/** Removes a group; its members stay and lose what it gave them. */
export async function removeTeam(work: Work, name: string): Promise<void> {
  await work.tx.query(DELETE, [await teamId(work.tx, name)]);
  await finish(work, name);
}

/** Who joins or leaves which group, both by name. */
export type Membership = { readonly team: string; readonly subject: string };

export async function joinTeam(work: Work, membership: Membership): Promise<void> {
  await changeMembership(work, JOIN, membership);
}

export async function leaveTeam(work: Work, membership: Membership): Promise<void> {
  await changeMembership(work, LEAVE, membership);
}

/** All groups by name with their members; `name` picks one. */
export async function listTeams(tx: Queryable, name?: string): Promise<readonly Team[]> {
  const { rows } = await tx.query<Team>(LIST, [name ?? null]);
  return rows.map((row) => ({
    name: row.name,
    description: row.description,
    members: row.members,
  }));
}

/** One group; throws `not-found`. */
export async function findTeam(tx: Queryable, name: string): Promise<Team> {
  const [found] = await listTeams(tx, name);
  if (found === undefined) throw missing(name);
  return found;
}

async function changeMembership(work: Work, sql: string, membership: Membership): Promise<void> {
  const team = await teamId(work.tx, membership.team);
  const subject = await credentialsOf(work.tx, membership.subject);
  const { rowCount } = await work.tx.query(sql, [team, subject.id]);
  if (rowCount === 0) return;
  await requireRoom(work, subject.id);
  await finish(work, `${membership.team} ${subject.name}`);
}

/** More than a bundle carries for one subject, and no plane would get any bundle. */
async function requireRoom(work: Work, subjectId: string): Promise<void> {
  const { rows } = await work.tx.query<{ groups: number }>(COUNT, [subjectId]);
  if ((rows[0]?.groups ?? 0) <= GROUPS_MAX) return;
  throw new Problem('limit', `a subject is in at most ${GROUPS_MAX} groups`);
}

async function teamId(tx: Queryable, name: string): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(FIND, [name]);
  if (rows[0] === undefined) throw missing(name);
  return rows[0].id;
}

async function finish(work: Work, target: string): Promise<void> {
  await recordAct(work, { action: 'group-changed', target });
  await touch(work.tx);
}

function missing(name: string): Problem {
  return new Problem('not-found', `no group is called \`${name}\``);
}
