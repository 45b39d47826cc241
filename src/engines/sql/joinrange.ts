import { renamed } from './alias.ts';
import type { Analysis } from './analysis.ts';
import type { Place } from './fromplace.ts';
import { refusal } from './refusal.ts';
import { derivedRange, itemOf, use, useAll } from './scope.ts';
import type { Column, Item } from './scope.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { requireEqualMasks, requirePlain } from './value.ts';
import type { Value } from './value.ts';

/** Where a join stands, and how its arms are read (they are FROM items again). */
export type JoinPlace = {
  readonly place: Place;
  readonly item: (a: Analysis, node: Node, place: Place) => readonly Item[];
};

type Arms = { readonly left: readonly Item[]; readonly right: readonly Item[] };

/**
 * The names a join makes: with an alias only that; without one its merged columns, its other columns and the names of
 * what it joins (parse_clause.c, transformFromClauseItem).
 */
export function joinRange(a: Analysis, inner: Inner<'JoinExpr'>, at: JoinPlace): readonly Item[] {
  a.seen.add(inner);
  const arms = armsOf(a, inner, at);
  const names = sharedNames(inner, arms);
  const merged = names.map((name) => mergedColumn(inner, arms, name));
  if (inner.quals !== undefined) {
    const level = { items: [...arms.left, ...arms.right], outer: at.place.frame.level };
    const { ctes } = at.place.frame;
    requirePlain(a.expression(inner.quals, { level, ctes }), 'a join condition');
  }
  const rest = [...columnsOf(arms.left), ...columnsOf(arms.right)].filter(
    (column) => !names.includes(column.name),
  );
  return joinItems(inner, arms, { merged, columns: [...merged, ...rest] });
}

function armsOf(a: Analysis, inner: Inner<'JoinExpr'>, at: JoinPlace): Arms {
  const { place } = at;
  if (inner.larg === undefined || inner.rarg === undefined) {
    throw refusal('0A000', 'a join expected two sides');
  }
  const left = at.item(a, inner.larg, place);
  const siblings = [...place.siblings, ...left];
  return { left, right: at.item(a, inner.rarg, { frame: place.frame, siblings }) };
}

type Joined = { readonly merged: readonly Column[]; readonly columns: readonly Column[] };

function joinItems(inner: Inner<'JoinExpr'>, arms: Arms, joined: Joined): readonly Item[] {
  const using = inner.join_using_alias?.aliasname;
  const usingItems: Item[] =
    using === undefined
      ? []
      : [{ range: derivedRange(using, joined.merged), names: true, columns: false }];
  const both = [...arms.left, ...arms.right];
  const listings = both.flatMap((item) => (item.columns ? item.range.listings : []));
  if (inner.alias !== undefined) {
    const name = inner.alias.aliasname ?? null;
    const columns = renamed(joined.columns, inner.alias);
    return [itemOf(derivedRange(name, columns, listings)), ...usingItems];
  }
  const parts = both.map((item) => ({ ...item, columns: false }));
  const whole = {
    range: derivedRange(null, joined.columns, listings),
    names: false,
    columns: true,
  };
  return [whole, ...parts, ...usingItems];
}

function columnsOf(items: readonly Item[]): readonly Column[] {
  return items.filter((item) => item.columns).flatMap((item) => item.range.columns);
}

/** NATURAL depends on every name there is, so every column counts as used. */
function sharedNames(inner: Inner<'JoinExpr'>, arms: Arms): readonly string[] {
  if (inner.isNatural !== true) return textsOf(inner.usingClause).map((name) => name ?? '');
  for (const item of [...arms.left, ...arms.right]) useAll(item.range);
  const right = new Set(columnsOf(arms.right).map((column) => column.name));
  const shared = columnsOf(arms.left).filter((column) => right.has(column.name));
  return [...new Set(shared.map((column) => column.name))];
}

function mergedColumn(inner: Inner<'JoinExpr'>, arms: Arms, name: string): Column {
  const left = onlyColumn(arms.left, name);
  const right = onlyColumn(arms.right, name);
  requireEqualMasks(left.value, right.value);
  return {
    name,
    value: mergedValue(inner, left.value, right.value),
    uses: [...left.uses, ...right.uses],
  };
}

function onlyColumn(items: readonly Item[], name: string): Column {
  const found = columnsOf(items).filter((column) => column.name === name);
  if (found.length > 1) throw refusal('42702', `common column name \`${name}\` is ambiguous`);
  if (found[0] === undefined) {
    throw refusal('42703', `column \`${name}\` specified in USING does not exist on both sides`);
  }
  return use(found[0]);
}

/**
 * The merged column (parse_clause.c, buildMergedJoinVar): of a full join a COALESCE, else the left one, or the right one
 * in a right join. PostgreSQL reports where it comes from only when it need not be brought to a common type.
 */
function mergedValue(inner: Inner<'JoinExpr'>, left: Value, right: Value): Value {
  if (inner.jointype === 'JOIN_FULL') requireBothMasked(left, right);
  const [kept, other] = inner.jointype === 'JOIN_RIGHT' ? [right, left] : [left, right];
  if (kept.kind === 'plain') return { ...kept, confined: false };
  if (kept.kind !== 'stream' || other.kind !== 'stream') return kept;
  if (inner.jointype === 'JOIN_FULL') return { ...kept, origin: null };
  if (kept.type === other.type || kept.type === 'text') return kept;
  const swapped = inner.jointype === 'JOIN_INNER' && other.type === 'text';
  return swapped ? other : { ...kept, origin: null };
}

/** COALESCE of a masked column and NULL carries the masked one, which only a masked column may say it does. */
function requireBothMasked(left: Value, right: Value): void {
  if ((left.kind === 'stream') === (right.kind === 'stream')) return;
  for (const value of [left, right]) requirePlain(value, 'a full join with NULL');
}
