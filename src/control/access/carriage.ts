import { Problem, problemFrom } from '#base/problem';
import { BUNDLE_FORMAT, checkBundle } from '#boundary';
import type { DecidedWorld } from './world.ts';

/** Stands for ids that are not given out yet. */
const ANY_PROJECT = 'prj_00000000000000000000000000';

/**
 * What keeps the documents of a set from travelling in a bundle: a text or a list beyond the limits of the boundary.
 * Found here, it is one change refused; found later, no plane would get a bundle any more.
 */
export function carriageProblems(world: DecidedWorld): readonly Problem[] {
  const { policies, projects, purposes } = world;
  try {
    checkBundle({
      format: BUNDLE_FORMAT,
      plane: 'any',
      serial: 1,
      issuedAtMs: 0,
      expiresAtMs: 1,
      subjects: [],
      sources: [],
      roles: [],
      accounts: [],
      identityKeys: [],
      acts: [],
      policies,
      projects: projects.map((project) => ({ ...project, id: ANY_PROJECT, members: [] })),
      purposes,
    });
    return [];
  } catch (thrown) {
    const { message } = problemFrom(thrown);
    return [new Problem('invalid', `the set does not fit into a bundle: ${message}`)];
  }
}
