import type { Target } from './document.ts';
import type { SourceFacts } from './facts.ts';
import { fullName, glob, sourceGlob } from './glob.ts';
import type { Glob, SourceGlob } from './glob.ts';
import { lineage } from './hierarchy.ts';

/** What targets ask of a source, worked out once for each source. */
export type SourceTraits = {
  readonly facts: SourceFacts;
  readonly name: string;
  /** The source's tags with all they lie under. */
  readonly tags: ReadonlySet<string>;
  /** The tags of any of its columns with all they lie under. */
  readonly columnTags: ReadonlySet<string>;
  readonly columnNames: readonly string[];
};

export function traitsOf(facts: SourceFacts): SourceTraits {
  const columnTags = facts.columns.flatMap((column) => column.tags);
  return {
    facts,
    name: fullName(facts),
    tags: lineages(facts.tags),
    columnTags: lineages(columnTags),
    columnNames: facts.columns.map((column) => column.name),
  };
}

export function lineages(tags: readonly { readonly name: string }[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const tag of tags) for (const name of lineage(tag.name)) all.add(name);
  return all;
}

/** A target ready to be matched, with the keys an index can find it by. */
export type CompiledTarget = {
  readonly target: Target;
  readonly sources: readonly SourceGlob[] | null;
  readonly names: readonly Glob[] | null;
};

/** Throws `invalid` for a source pattern without its three parts. */
export function compileTarget(target: Target): CompiledTarget {
  if (target.kind === 'all') return { target, sources: null, names: null };
  return {
    target,
    sources: target.sources?.map((pattern) => sourceGlob(pattern)) ?? null,
    names: target.columnNames?.map((pattern) => glob(pattern, 'ignore-case')) ?? null,
  };
}

/** Whether every key of the target holds for the source. */
export function covers(compiled: CompiledTarget, source: SourceTraits): boolean {
  const { target, sources, names } = compiled;
  if (target.kind === 'all') return true;
  const { tags, columnTags } = target;
  if (sources === null && names === null && tags === null && columnTags === null) return false;
  if (sources !== null && !sources.some((pattern) => pattern.test(source.facts))) return false;
  if (tags !== null && !tags.some((tag) => source.tags.has(tag))) return false;
  if (columnTags !== null && !columnTags.some((tag) => source.columnTags.has(tag))) return false;
  if (names === null) return true;
  return names.some((pattern) => source.columnNames.some((name) => pattern.test(name)));
}
