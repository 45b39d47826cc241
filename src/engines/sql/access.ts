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

/** OIDs of the relations whose rules say what may be seen of a relation: its roots, and itself for columns it adds. */
export function rulesNeeded(index: CatalogIndex, relation: Relation): number[] {
  const roots = index.roots(relation);
  const own = roots.some((root) => addsColumns(relation, root)) ? [relation.oid] : [];
  return [...roots.map((root) => root.oid), ...own];
}

function addsColumns(relation: Relation, root: Relation): boolean {
  if (root.oid === relation.oid) return false;
  const inherited = new Set(root.columns.map((column) => column.name));
  return relation.columns.some((column) => !inherited.has(column.name));
}

/**
 * What the subject may see of a relation. A partition or child is seen as its root is, so that naming it directly
 * gains nothing; one with several roots is only seen when all of them are open. Null when a rule is missing.
 */
export function accessOf(index: CatalogIndex, rules: RuleOf, relation: Relation): Access | null {
  const roots = index.roots(relation);
  if (rulesNeeded(index, relation).some((oid) => rules(oid) === undefined)) return null;
  const known = roots.map((root) => rules(root.oid));
  const [root] = roots;
  const [rule] = known;
  if (root === undefined || rule === undefined) return { kind: 'absent', relation };
  if (roots.length > 1 && known.some((each) => each?.kind !== 'open'))
    return { kind: 'absent', relation };
  return rule.kind === 'open'
    ? openAccess(relation, root, rules(relation.oid))
    : ruledAccess(relation, rule);
}

function ruledAccess(
  relation: Relation,
  rule: Exclude<RelationRule, { readonly kind: 'open' }>,
): Access {
  if (rule.kind === 'absent') return { kind: 'absent', relation };
  const shows = new Map(rule.columns.map((column) => [column.name, column.show]));
  const columns = visibleColumns(relation, (name) => shows.get(name));
  return { kind: 'guarded', relation, audience: rule.audience, filter: rule.filter, columns };
}

/** Columns a child adds to its open root are open when its own rule is, and hidden otherwise. */
function openAccess(relation: Relation, root: Relation, own: RelationRule | undefined): Access {
  if (!addsColumns(relation, root) || own?.kind === 'open') return { kind: 'open', relation };
  const inherited = new Set(root.columns.map((column) => column.name));
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
