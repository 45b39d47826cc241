import type { Facts } from './facts.ts';
import { fullName } from './glob.ts';
import { lineage } from './hierarchy.ts';
import type { Mention } from './reader.ts';
import { VAULT_ROLE_DEFINITIONS } from './vaultfacts.ts';

/** Every name that exists, by what it names. */
export type Vocabulary = Readonly<Record<Mention['what'], ReadonlySet<string>>>;

/** The names in the facts; tags and purposes with all they lie under, column names in lower case. */
export function vocabularyOf(facts: Omit<Facts, 'policies'>): Vocabulary {
  const { subjects, sources, projects, purposes, roles = [] } = facts;
  const columns = sources.flatMap((source) => source.columns);
  const tags = [...sources, ...columns].flatMap((tagged) => tagged.tags);
  return {
    tag: new Set(tags.flatMap((tag) => lineage(tag.name))),
    group: new Set(subjects.flatMap((subject) => subject.groups)),
    user: new Set(subjects.map((subject) => subject.name)),
    attribute: new Set(subjects.flatMap((subject) => Object.keys(subject.attributes))),
    purpose: new Set(purposes.flatMap((purpose) => lineage(purpose.name))),
    project: new Set(projects.map((project) => project.name)),
    role: new Set([...VAULT_ROLE_DEFINITIONS, ...roles.map((role) => role.name)]),
    source: new Set(sources.map((source) => fullName(source))),
    column: new Set(columns.map((column) => column.name.toLowerCase())),
  };
}
