import type { Bundle } from '#boundary';
import { catalogSources, listVaults } from '#control/catalog';
import { bundleRoles } from '#control/accounts';
import { bundleSubjects, listPlanes } from '#control/identity';
import { documentFrom, prepare } from '#engines/policy';
import type { PolicyDocument, PolicyView, Project, Purpose, World } from '#engines/policy';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { sha256, TOOLS } from './digest.ts';
import { listMembers } from './member.ts';
import type { Family } from './stored.ts';

const PROJECTS = statement(import.meta.url, 'sql/list-projects.sql');

/** A document of a set, stored or not yet. */
export type SetDocument = {
  readonly family: Family;
  readonly name: string;
  readonly json: PolicyDocument;
};

/** Everything policies are decided over, and the policies, in authored order. */
export type DecidedWorld = Omit<World, 'roles'> & {
  readonly roles: Bundle['roles'];
  readonly policies: readonly PolicyDocument[];
};

/** People, sources of all planes (or of one), and the set's projects and purposes with who is in them. */
export async function worldOf(
  tx: Queryable,
  set: readonly SetDocument[],
  at: { readonly nowMs: number; readonly plane?: string },
): Promise<DecidedWorld> {
  const planes = at.plane === undefined ? await listPlanes(tx) : [{ name: at.plane }];
  const sources = [];
  for (const { name } of planes) sources.push(...(await catalogSources(tx, name)));
  const purposes = purposesIn(set);
  const vaults = await listVaults(tx, at.plane ?? null);
  return {
    subjects: await bundleSubjects(tx, at.nowMs),
    sources,
    vaults,
    roles: await bundleRoles(tx, new Set(vaults.map(({ id }) => id))),
    policies: set.filter(({ family }) => family === 'policy').map(({ json }) => json),
    purposes,
    projects: await projectsIn(tx, set, purposes),
  };
}

/** The view of a set of documents over a world; throws `invalid` when a policy cannot be read. */
export function viewOf(world: DecidedWorld): PolicyView {
  return prepare(world, TOOLS);
}

/** What a member acknowledges is the statement; when it changes, nobody has. */
export function statementDigest(purpose: Purpose): string {
  return sha256(purpose.statement);
}

export function purposesIn(set: readonly SetDocument[]): readonly Purpose[] {
  return set.flatMap(({ json, family }) => {
    const document = family === 'purpose' ? documentFrom(json) : null;
    if (document?.kind !== 'Purpose') return [];
    const { name, description, statement: text } = document;
    return [{ name, description, statement: text }];
  });
}

async function projectsIn(
  tx: Queryable,
  set: readonly SetDocument[],
  purposes: readonly Purpose[],
): Promise<readonly Project[]> {
  const { rows } = await tx.query<{ id: string; name: string }>(PROJECTS);
  const ids = new Map(rows.map((row) => [row.name, row.id]));
  const members = await listMembers(tx);
  const statements = new Map(purposes.map((one) => [one.name, statementDigest(one)]));
  return set.flatMap(({ json, family }) => {
    const document = family === 'project' ? documentFrom(json) : null;
    if (document?.kind !== 'Project') return [];
    const { kind: _kind, ...project } = document;
    // A project that is not there yet has no id and nobody in it.
    const id = ids.get(project.name) ?? `prj_${project.name}`;
    const own = members.filter((member) => member.projectId === id);
    return [
      {
        id,
        ...project,
        members: own.map((member) => ({
          subject: member.subjectId,
          acknowledged: member.acknowledged
            .filter(({ purpose, statement: digest }) => statements.get(purpose) === digest)
            .map(({ purpose }) => purpose),
        })),
      },
    ];
  });
}
