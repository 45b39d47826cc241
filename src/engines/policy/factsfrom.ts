import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { PrivetDocument } from './document.ts';
import type { Facts, Project, ProjectMember, SourceFacts, SubjectFacts } from './facts.ts';
import { documentFrom } from './readdocument.ts';

/** The parts of a bundle that decisions are made from; its documents are still JSON that nobody has read. */
export type FactsInput = {
  readonly subjects: readonly SubjectFacts[];
  readonly sources: readonly SourceFacts[];
  /** `Authored.json` of each policy, in authored order. */
  readonly policies: readonly Json[];
  /** `Authored.json` of each purpose. */
  readonly purposes: readonly Json[];
  /** Made by `projectJson`. */
  readonly projects: readonly Json[];
};

/**
 * The facts a bundle holds. Throws `invalid` when one document is not what the format says: a set of policies is
 * taken whole or not at all.
 */
export function factsFrom(input: FactsInput): Facts {
  return {
    subjects: input.subjects,
    sources: input.sources,
    policies: input.policies.map((json) => {
      const document = documentFrom(json);
      if (document.kind === 'SubscriptionPolicy' || document.kind === 'DataPolicy') return document;
      throw unexpected('policies', document);
    }),
    purposes: input.purposes.map((json) => {
      const document = documentFrom(json);
      if (document.kind !== 'Purpose') throw unexpected('purposes', document);
      const { name, description, statement } = document;
      return { name, description, statement };
    }),
    projects: input.projects.map((json) => projectFrom(json)),
  };
}

/** A project as a bundle carries it: its id, its document as authored, and the people in it. */
export function projectJson(project: {
  readonly id: string;
  readonly document: Json;
  readonly members: readonly ProjectMember[];
}): { readonly [key: string]: Json } {
  const members = project.members.map(({ subject, acknowledged }) => ({ subject, acknowledged }));
  return { id: project.id, document: project.document, members };
}

function projectFrom(json: Json): Project {
  const { id, document: text, members } = objectOf(json);
  if (typeof id !== 'string' || id === '' || text === undefined || !Array.isArray(members)) {
    throw new Problem('invalid', 'a project expected `id`, `document` and `members`');
  }
  const document = documentFrom(text);
  if (document.kind !== 'Project') throw unexpected('projects', document);
  const { kind: _kind, ...project } = document;
  return { id, ...project, members: members.map((member: Json) => memberFrom(member)) };
}

function memberFrom(json: Json): ProjectMember {
  const { subject, acknowledged } = objectOf(json);
  if (typeof subject !== 'string' || !Array.isArray(acknowledged)) {
    throw new Problem('invalid', 'a project member expected `subject` and `acknowledged`');
  }
  return { subject, acknowledged: acknowledged.map(String) };
}

function objectOf(json: Json): { readonly [key: string]: Json | undefined } {
  if (json !== null && typeof json === 'object' && !Array.isArray(json)) {
    return json as { readonly [key: string]: Json };
  }
  throw new Problem('invalid', 'a project expected an object');
}

function unexpected(place: string, document: PrivetDocument): Problem {
  return new Problem('invalid', `\`${place}\` does not take a \`${document.kind}\``);
}
