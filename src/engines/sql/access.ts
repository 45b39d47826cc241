import { unreachable } from '#base/assert';

import type { Relation, RelationColumn } from './catalog.ts';
import type { CatalogIndex } from './catalogindex.ts';
import type { ColumnShow, RelationRule, RuleOf, SqlPredicate } from './rule.ts';

/** What a subject may see of one relation, with its rule taken from the root of its partition tree. */
export type Access =
  | { readonly kind: 'absent'; readonly relation: Relation }
  | { readonly kind: 'open'; readonly relation: Relation }
  | {
      readonly kind: 'guarded';
      readonly relation: Relation;
      /** Equal audience, equal columns and filter. */
      readonly audience: string;
      readonly filter: SqlPredicate | null;
      /** Visible columns in order; hidden ones are left out. */
      readonly columns: readonly AccessColumn[];
    };

export type AccessColumn = {
  readonly column: RelationColumn;
  readonly show: Exclude<ColumnShow, { readonly kind: 'hidden' }>;
};

/** OIDs of the relations whose rules are needed to know what may be seen of a relation: its roots. */
export function rulesNeeded(index: CatalogIndex, relation: Relation): number[] {
  return index.roots(relation).map((root) => root.oid);
}

/**
 * What the subject may see of a relation. A partition or child is seen as its root is, so that naming it directly
 * gains nothing; one with several roots is only seen when all of them are open. Null when a rule is missing.
 */
export function accessOf(index: CatalogIndex, rules: RuleOf, relation: Relation): Access | null {
  const roots = index.roots(relation);
  const known = roots.map((root) => rules(root.oid));
  if (known.some((rule) => rule === undefined)) return null;
  const [root] = roots;
  const [rule] = known;
  if (root === undefined || rule === undefined) return { kind: 'absent', relation };
  if (roots.length > 1 && known.some((each) => each?.kind !== 'open'))
    return { kind: 'absent', relation };
  return ruledAccess(relation, rule, root);
}

function ruledAccess(relation: Relation, rule: RelationRule, root: Relation): Access {
  switch (rule.kind) {
    case 'absent':
      return { kind: 'absent', relation };
    case 'open':
      return openAccess(relation, root);
    case 'guarded': {
      const shows = new Map(rule.columns.map((column) => [column.name, column.show]));
      const columns = visibleColumns(relation, (name) => shows.get(name));
      return { kind: 'guarded', relation, audience: rule.audience, filter: rule.filter, columns };
    }
    default:
      return unreachable(rule);
  }
}

/** Columns a child adds to its open root were never decided on, so they are hidden. */
function openAccess(relation: Relation, root: Relation): Access {
  if (root.oid === relation.oid) return { kind: 'open', relation };
  const inherited = new Set(root.columns.map((column) => column.name));
  if (relation.columns.every((column) => inherited.has(column.name)))
    return { kind: 'open', relation };
  const columns = visibleColumns(relation, (name) =>
    inherited.has(name) ? { kind: 'clear' } : undefined,
  );
  return { kind: 'guarded', relation, audience: 'open root', filter: null, columns };
}

function visibleColumns(
  relation: Relation,
  showOf: (name: string) => ColumnShow | undefined,
): AccessColumn[] {
  return relation.columns.flatMap((column) => {
    const show = showOf(column.name) ?? { kind: 'hidden' };
    return show.kind === 'hidden' ? [] : [{ column, show }];
  });
}
