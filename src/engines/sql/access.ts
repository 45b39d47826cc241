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
  if (rule.kind === 'absent') return { kind: 'absent', relation };
  if (!addsColumns(relation, root)) return ruledAccess(relation, rule);
  return childAccess(relation, root, { rule, own: rules(relation.oid) ?? { kind: 'absent' } });
}

type Present = Exclude<RelationRule, { readonly kind: 'absent' }>;

function ruledAccess(relation: Relation, rule: Present): Access {
  if (rule.kind === 'open') return { kind: 'open', relation };
  const columns = visibleColumns(relation, showOf(rule));
  return { kind: 'guarded', relation, audience: rule.audience, filter: rule.filter, columns };
}

/** What the root has is seen as the root is; what the child adds, as its own rule says, and its own filter holds too. */
function childAccess(
  relation: Relation,
  root: Relation,
  rules: { readonly rule: Present; readonly own: RelationRule },
): Access {
  const { rule, own } = rules;
  if (rule.kind === 'open' && own.kind === 'open') return { kind: 'open', relation };
  const inherited = new Set(root.columns.map((column) => column.name));
  const columns = visibleColumns(relation, (name) =>
    inherited.has(name) ? showOf(rule)(name) : showOf(own)(name),
  );
  const filters = [rule, own].flatMap((each) =>
    each.kind === 'guarded' && each.filter !== null ? [each.filter] : [],
  );
  const filter = filters.length === 0 ? null : ({ kind: 'and', terms: filters } as const);
  const audience = [rule, own].map((each) => (each.kind === 'guarded' ? each.audience : each.kind));
  return { kind: 'guarded', relation, audience: audience.join(' and '), filter, columns };
}

function showOf(rule: RelationRule): (name: string) => ColumnShow | undefined {
  if (rule.kind === 'open') return () => ({ kind: 'clear' });
  if (rule.kind === 'absent') return () => undefined;
  const shows = new Map(rule.columns.map((column) => [column.name, column.show]));
  return (name) => shows.get(name);
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
