import type { Decision, Predicate, Show } from './decision.ts';

/** Which way something changes for the person: they see more, less, or something that cannot be compared. */
export type Direction = 'gains' | 'loses' | 'differs';

/** How much of a value a column lets through, from nothing to all of it. */
const LEVEL = { hidden: 0, blank: 1, keyed: 2, reduced: 3, partly: 4, clear: 5 } as const;

function levelOf(show: Show): number {
  if (show.kind !== 'mask') return LEVEL[show.kind];
  if (show.where !== null) return LEVEL.partly;
  const { kind } = show.mask;
  if (kind === 'null' || kind === 'constant') return LEVEL.blank;
  const keyed = kind === 'hash' || kind === 'reversible' || kind === 'format-preserving';
  return keyed ? LEVEL.keyed : LEVEL.reduced;
}

/** How a column changes; null when it does not. */
export function columnDirection(before: Show, after: Show): Direction | null {
  if (JSON.stringify(before) === JSON.stringify(after)) return null;
  const rise = levelOf(after) - levelOf(before);
  if (rise === 0) return 'differs';
  return rise > 0 ? 'gains' : 'loses';
}

/** How the rows change; null when they do not. Filters are compared as sets of terms that all must hold. */
export function rowDirection(before: Predicate | null, after: Predicate | null): Direction | null {
  const [old, now] = [termsOf(before), termsOf(after)];
  const added = now.filter((term) => !old.includes(term));
  const gone = old.filter((term) => !now.includes(term));
  if (added.length === 0 && gone.length === 0) return null;
  if (before?.kind === 'never') return 'gains';
  if (after?.kind === 'never') return 'loses';
  if (added.length > 0 && gone.length > 0) return 'differs';
  return gone.length > 0 ? 'gains' : 'loses';
}

function termsOf(filter: Predicate | null): readonly string[] {
  if (filter === null) return [];
  return filter.kind === 'and'
    ? filter.terms.map((term) => JSON.stringify(term))
    : [JSON.stringify(filter)];
}

/**
 * Whether a column's values may be seen more than before: to be asked about when they are sensitive. What cannot be
 * compared (another pattern, other rows) counts as more.
 */
export function revealsMore(before: Decision, after: Decision, column: string): boolean {
  const now = shown(after, column);
  if (after.effect === 'deny' || after.filter?.kind === 'never') return false;
  if (levelOf(now) < LEVEL.keyed) return false;
  const direction = columnDirection(shown(before, column), now);
  const rows = before.effect === 'deny' ? 'gains' : rowDirection(before.filter, after.filter);
  if (direction === 'gains' || rows === 'gains' || rows === 'differs') return true;
  return direction === 'differs' && levelOf(now) >= LEVEL.reduced;
}

function shown(decision: Decision, column: string): Show {
  return decision.columns.find(({ name }) => name === column)?.show ?? { kind: 'hidden' };
}
