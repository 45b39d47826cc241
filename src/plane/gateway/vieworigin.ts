import type { Barrier, Relation } from '#engines/sql';
import type { Reading } from './rows/reading.ts';
import type { RuleSet } from './planning/ruleset.ts';

/** A column of a table, as RowDescription names it; `relation` 0 for what is no column (protocol 55.7). */
export type TableColumn = { readonly relation: number; readonly attnum: number };

export const NO_COLUMN: TableColumn = { relation: 0, attnum: 0 };

/** The table columns behind the columns of a plan's barrier views, by OID of the view, in the view's order. */
export type ViewOrigins = ReadonlyMap<number, readonly TableColumn[]>;

/**
 * Where the columns of a plan's views come from: a clear column is its table's, as it is without a view; one that is
 * masked is an expression.
 */
export function viewOrigins(
  { plan, rules }: Reading,
  oidOf: (name: string) => number | undefined,
): ViewOrigins {
  const origins = new Map<number, readonly TableColumn[]>();
  for (const barrier of plan.barriers) {
    const oid = oidOf(barrier.name);
    if (oid !== undefined) origins.set(oid, columnsBehind(barrier, rules));
  }
  return origins;
}

function columnsBehind(barrier: Barrier, rules: RuleSet): TableColumn[] {
  const { relation } = rules.detail(barrier.relation);
  const root = relation && rootOf(relation, rules);
  if (relation === undefined || root === undefined) return [];
  const rule = rules.detail(root.oid).rule;
  if (rule.kind === 'absent') return [];
  if (rule.kind === 'open') {
    const inherited = new Set(root.columns.map(({ name }) => name));
    const own = rules.detail(relation.oid).rule.kind === 'open';
    const columns = relation.columns.filter(({ name }) => own || inherited.has(name));
    return columns.map(({ attnum }) => ({ relation: relation.oid, attnum }));
  }
  const shows = new Map(rule.columns.map(({ name, show }) => [name, show.kind]));
  return relation.columns.flatMap(({ name, attnum }) => {
    const show = shows.get(name) ?? 'hidden';
    if (show === 'hidden') return [];
    return [show === 'clear' ? { relation: relation.oid, attnum } : NO_COLUMN];
  });
}

/** The top of a relation's partition tree, whose rule holds for it; undefined where there are several. */
function rootOf(relation: Relation, rules: RuleSet): Relation | undefined {
  let root = relation;
  while (root.parents.length > 0) {
    const [oid = 0, ...others] = root.parents;
    const parent: Relation | undefined = rules.detail(oid).relation;
    if (others.length > 0 || parent === undefined) return undefined;
    root = parent;
  }
  return root;
}
