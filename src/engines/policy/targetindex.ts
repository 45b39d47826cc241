import { covers } from './target.ts';
import type { CompiledTarget, SourceTraits } from './target.ts';

/** Anything with a target and a place in the order things were authored in. */
export type Targeted = { readonly order: number; readonly target: CompiledTarget };

/**
 * Finds what is about a source without looking at everything: each item stands under the keys of one part of its
 * target, or in `rest` when that part has patterns.
 */
export type TargetIndex<T extends Targeted> = {
  readonly byName: ReadonlyMap<string, readonly T[]>;
  readonly byTag: ReadonlyMap<string, readonly T[]>;
  readonly byColumnTag: ReadonlyMap<string, readonly T[]>;
  readonly rest: readonly T[];
};

export function targetIndex<T extends Targeted>(items: readonly T[]): TargetIndex<T> {
  const byName = new Map<string, T[]>();
  const byTag = new Map<string, T[]>();
  const byColumnTag = new Map<string, T[]>();
  const rest: T[] = [];
  for (const item of items) {
    const { target, sources } = item.target;
    const exact = sources?.map((pattern) => pattern.exact) ?? [null];
    const names = exact.filter((name) => name !== null);
    if (target.kind === 'all') rest.push(item);
    else if (names.length === exact.length) file(byName, names, item);
    else if (target.tags !== null) file(byTag, target.tags, item);
    else if (target.columnTags !== null) file(byColumnTag, target.columnTags, item);
    else rest.push(item);
  }
  return { byName, byTag, byColumnTag, rest };
}

function file<T>(index: Map<string, T[]>, keys: readonly string[], item: T): void {
  for (const key of new Set(keys)) {
    const list = index.get(key);
    if (list === undefined) index.set(key, [item]);
    else list.push(item);
  }
}

/** Everything about the source, in authored order. */
export function about<T extends Targeted>(
  index: TargetIndex<T>,
  source: SourceTraits,
): readonly T[] {
  const found = new Set<T>(index.byName.get(source.name));
  for (const tag of source.tags) for (const item of index.byTag.get(tag) ?? []) found.add(item);
  for (const tag of source.columnTags) {
    for (const item of index.byColumnTag.get(tag) ?? []) found.add(item);
  }
  for (const item of index.rest) found.add(item);
  return [...found]
    .filter((item) => covers(item.target, source))
    .toSorted((left, right) => left.order - right.order);
}
