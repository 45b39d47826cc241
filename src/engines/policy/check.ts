import { Problem } from '#base/problem';
import { DOORS, shortfalls } from './capability.ts';
import type { DoorTable } from './capability.ts';
import type { Policy } from './document.ts';
import type { Facts } from './facts.ts';
import { glob, sourceGlob } from './glob.ts';
import { misfits } from './misfit.ts';
import type { Authored } from './readdocument.ts';
import type { Mention } from './reader.ts';
import { traitsOf } from './target.ts';
import { closest } from './suggest.ts';
import type { Vocabulary } from './vocabulary.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Errors keep a set from being applied; warnings are for its author to read. */
export type Findings = {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
};

/** What exists beside the documents: people, sources, and projects and purposes that are kept elsewhere. */
export type World = Omit<Facts, 'policies'>;

/**
 * What is wrong with a whole set of documents, against each other and against what exists: names used twice, names of
 * nothing, policies that no door can enforce, targets that match nothing, policies that cannot be applied to a source.
 */
export function check(set: readonly Authored[], world: World, doors: DoorTable = DOORS): Findings {
  const known = vocabularyOf(withDocuments(set, world));
  const mentions = set.flatMap((authored) => authored.mentions);
  const policies = set.flatMap((authored) => policyOf(authored));
  const traits = world.sources.map((source) => traitsOf(source));
  return {
    errors: [
      ...twice(set),
      ...mentions.flatMap((mention) => unknownDocument(mention, known)),
      ...policies.flatMap(([policy, authored]) => unenforceable(policy, { authored, doors })),
    ],
    warnings: [
      ...mentions.flatMap((mention) => unknownName(mention, known)),
      ...policies.flatMap(([policy, authored]) =>
        misfits(policy, traits).map((text) => problem(authored, text)),
      ),
    ],
  };
}

/** The policy in the document, when it is one. */
function policyOf(authored: Authored): readonly [Policy, Authored][] {
  const { document } = authored;
  const isPolicy = document.kind === 'SubscriptionPolicy' || document.kind === 'DataPolicy';
  return isPolicy ? [[document, authored]] : [];
}

/** Purposes and projects of the set itself count as existing. */
function withDocuments(set: readonly Authored[], world: World): World {
  const documents = set.map((authored) => authored.document);
  const purposes = documents.filter((document) => document.kind === 'Purpose');
  const projects = documents.filter((document) => document.kind === 'Project');
  return {
    ...world,
    purposes: [...world.purposes, ...purposes],
    projects: [
      ...world.projects,
      ...projects.map((project) => ({ ...project, id: project.name, members: [] })),
    ],
  };
}

function problem({ where, document }: Authored, text: string): Problem {
  return new Problem('invalid', `\`${document.name}\`: ${text}`, { where });
}

/** Policies share one set of names, whatever they are about. */
const POLICY_KINDS: ReadonlySet<string> = new Set([
  'SubscriptionPolicy',
  'DataPolicy',
  'VaultPolicy',
]);

function twice(set: readonly Authored[]): readonly Problem[] {
  const seen = new Set<string>();
  return set.flatMap((authored) => {
    const { kind, name } = authored.document;
    const key = `${POLICY_KINDS.has(kind) ? 'policy' : kind} ${name}`;
    const repeated = seen.has(key);
    seen.add(key);
    return repeated ? [problem(authored, 'a document of this kind already has the name')] : [];
  });
}

type Placed = { readonly authored: Authored; readonly doors: DoorTable };

function unenforceable(policy: Policy, { authored, doors }: Placed): readonly Problem[] {
  return shortfalls(policy, doors).map(({ door, capability }) =>
    problem(authored, `the door \`${door}\` cannot enforce \`${capability}\``),
  );
}

/** Purposes and projects are documents of their own: one that is not there cannot come into being by itself. */
function unknownDocument(mention: Mention, known: Vocabulary): readonly Problem[] {
  const { what, name } = mention;
  const isDocument = what === 'purpose' || what === 'project';
  return isDocument && !known[what].has(name) ? [unknown(mention, known)] : [];
}

function unknownName(mention: Mention, known: Vocabulary): readonly Problem[] {
  const { what, name } = mention;
  if (what === 'purpose' || what === 'project') return [];
  return exists(mention, known) || name === '' ? [] : [unknown(mention, known)];
}

function exists({ what, name }: Mention, known: Vocabulary): boolean {
  if (known[what].has(name)) return true;
  if (what === 'column') {
    const pattern = glob(name, 'ignore-case');
    return known.column.values().some((column) => pattern.test(column));
  }
  if (what !== 'source') return false;
  const pattern = sourceGlob(name);
  return known.source.values().some((source) => pattern.test(partsOf(source)));
}

function partsOf(full: string): { system: string; schema: string; name: string } {
  const [system = '', schema = '', ...name] = full.split('.');
  return { system, schema, name: name.join('.') };
}

function unknown({ what, name, where }: Mention, known: Vocabulary): Problem {
  const near = closest(name, known[what]);
  const hint = near === null ? {} : { hint: `did you mean \`${near}\`?` };
  return new Problem('invalid', `no ${what} is known as \`${name}\``, { where, ...hint });
}
