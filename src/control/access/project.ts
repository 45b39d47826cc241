import { Problem } from '#base/problem';
import { recordAct, momentOf, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { documentFrom } from '#engines/policy';
import type { ProjectDocument, Purpose } from '#engines/policy';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { listMembers } from './member.ts';
import { listDocuments } from './stored.ts';
import { purposesIn, statementDigest } from './world.ts';

const PROJECTS = statement(import.meta.url, 'sql/list-projects.sql');
const SUBJECT = statement(import.meta.url, 'sql/find-subject-id.sql');
const ADD = statement(import.meta.url, 'sql/add-member.sql');
const DROP = statement(import.meta.url, 'sql/drop-member.sql');
const ACKNOWLEDGE = statement(import.meta.url, 'sql/acknowledge.sql');

/** A project in force or staged, with its people. */
export type ProjectStanding = Omit<ProjectDocument, 'kind'> & {
  readonly id: string;
  readonly members: readonly {
    readonly subject: string;
    readonly addedAt: string;
    readonly addedBy: string;
    /** Purposes whose statement, as it now reads, this member acknowledged here. */
    readonly acknowledged: readonly { readonly purpose: string; readonly at: string }[];
  }[];
};

/** The purposes that documents declare, by name. */
export async function listPurposes(tx: Queryable): Promise<readonly Purpose[]> {
  return purposesIn(await listDocuments(tx, { family: 'purpose' }));
}

/** Projects with their members; `name` picks one. */
export async function listProjects(
  tx: Queryable,
  name?: string,
): Promise<readonly ProjectStanding[]> {
  const stored = await listDocuments(tx, { family: 'project', name });
  const { rows } = await tx.query<{ id: string; name: string }>(PROJECTS);
  const ids = new Map(rows.map((row) => [row.name, row.id]));
  const current = new Map(
    (await listPurposes(tx)).map((purpose) => [purpose.name, statementDigest(purpose)]),
  );
  const members = await listMembers(tx);
  return stored.flatMap(({ json }) => {
    const document = documentFrom(json);
    if (document.kind !== 'Project') return [];
    const { kind: _kind, ...project } = document;
    const id = ids.get(project.name) ?? '';
    const own = members.filter((member) => member.projectId === id);
    return [
      {
        id,
        ...project,
        members: own.map(({ subject, addedAt, addedBy, acknowledged }) => ({
          subject,
          addedAt,
          addedBy,
          acknowledged: acknowledged
            .filter(({ purpose, statement: digest }) => current.get(purpose) === digest)
            .map(({ purpose, at }) => ({ purpose, at })),
        })),
      },
    ];
  });
}

/** One project; throws `not-found`. */
export async function findProject(tx: Queryable, name: string): Promise<ProjectStanding> {
  const [found] = await listProjects(tx, name);
  if (found === undefined) throw new Problem('not-found', `no project is called \`${name}\``);
  return found;
}

type Membership = { readonly project: string; readonly subject: string };

/** Takes a person into a project, by name; throws `not-found`. Doing it again changes nothing. */
export async function addMember(work: Work, { project, subject }: Membership): Promise<void> {
  const { id } = await findProject(work.tx, project);
  const member = await subjectId(work.tx, subject);
  const { rowCount } = await work.tx.query(ADD, [id, member, momentOf(work), work.actor.name]);
  if (rowCount !== 0) await projectChanged(work, project);
}

/** Takes a person out of a project with all they acknowledged there; throws `not-found`. */
export async function dropMember(work: Work, { project, subject }: Membership): Promise<void> {
  const { id } = await findProject(work.tx, project);
  const member = await subjectId(work.tx, subject);
  const { rowCount } = await work.tx.query(DROP, [id, member]);
  if (rowCount === 0) throw notMember(project, subject);
  await projectChanged(work, project);
}

/**
 * Writes down that the person who asks accepts a purpose's statement in a project; nobody can do it for another.
 * `statement` is the text they were shown: throws `conflict` when it is no longer what the purpose says.
 */
export async function acknowledge(
  work: Work,
  accepted: { readonly project: string; readonly purpose: string; readonly statement: string },
): Promise<void> {
  const { project, purpose, statement: shown } = accepted;
  const standing = await findProject(work.tx, project);
  const known = (await listPurposes(work.tx)).find((one) => one.name === purpose);
  if (known === undefined || !standing.purposes.includes(purpose)) {
    throw new Problem('not-found', `project \`${project}\` has no purpose \`${purpose}\``);
  }
  if (known.statement !== shown) {
    throw new Problem('conflict', `the statement of \`${purpose}\` is not what was shown`, {
      hint: 'read it again, it has changed',
    });
  }
  const row = [standing.id, work.actor.id, purpose, statementDigest(known), momentOf(work)];
  const { rowCount } = await work.tx.query(ACKNOWLEDGE, row);
  if (rowCount === 0) throw notMember(project, work.actor.name);
  await recordAct(work, { action: 'purpose-acknowledged', target: `${project}/${purpose}` });
  await touch(work.tx);
}

async function projectChanged(work: Work, target: string): Promise<void> {
  const { members } = await findProject(work.tx, target);
  const after = { members: members.map((member) => member.subject) };
  await recordAct(work, { action: 'project-changed', target, after });
  await touch(work.tx);
}

async function subjectId(tx: Queryable, name: string): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(SUBJECT, [name]);
  if (rows[0] !== undefined) return rows[0].id;
  throw new Problem('not-found', `no one is called \`${name.slice(0, 64)}\``);
}

function notMember(project: string, subject: string): Problem {
  return new Problem('not-found', `\`${subject}\` is not a member of \`${project}\``);
}
