import type { Analysis } from './analysis.ts';
import { insertNames } from './columnlist.ts';
import type { Cte, CteScope, Frame, Output } from './frame.ts';
import { refusal } from './refusal.ts';
import { tokenIndexAt } from './token.ts';
import { stringNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { combineArms, PLAIN, requirePlain } from './value.ts';
import type { Value } from './value.ts';

export function findCte(scope: CteScope | null, name: string): Cte | undefined {
  for (let at = scope; at !== null; at = at.outer) {
    const found = at.entries.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The frame inside a query with a WITH clause: without RECURSIVE each sees those before it, with it each sees all and
 * itself. Every WITH query is checked, named or not, because PostgreSQL analyses it.
 */
export function withFrame(
  a: Analysis,
  clause: Inner<'WithClause'> | undefined,
  frame: Frame,
): Frame {
  if (clause === undefined) return frame;
  const ctes = (clause.ctes ?? []).map((node) => cteOf(a, node, clause.recursive === true));
  const names = new Set(ctes.map((cte) => cte.inner.ctename));
  if (names.size !== ctes.length) throw refusal('42P01', 'WITH query names expected to differ');
  const inside = clause.recursive === true ? together(ctes, frame) : oneByOne(ctes, frame);
  for (const cte of ctes) cteOutputs(a, cte);
  return inside;
}

function cteOf(a: Analysis, node: Node, recursive: boolean): Cte {
  if (!('CommonTableExpr' in node)) throw refusal('0A000', 'WITH expected queries');
  const inner = node.CommonTableExpr;
  a.seen.add(inner);
  const { cycle_mark_value: mark, cycle_mark_default: fallback } = inner.cycle_clause ?? {};
  for (const value of [mark, fallback]) {
    if (value !== undefined) a.expression(value, { level: null, ctes: null });
  }
  return { inner, state: 'new', outputs: null, frame: null, recursive };
}

function together(ctes: readonly Cte[], frame: Frame): Frame {
  const entries = new Map(ctes.map((cte) => [cte.inner.ctename ?? '', cte]));
  const inside = { level: frame.level, ctes: { entries, outer: frame.ctes } };
  for (const cte of ctes) cte.frame = inside;
  return inside;
}

function oneByOne(ctes: readonly Cte[], frame: Frame): Frame {
  let inside = frame;
  for (const cte of ctes) {
    cte.frame = inside;
    const entries = new Map([[cte.inner.ctename ?? '', cte]]);
    inside = { level: frame.level, ctes: { entries, outer: inside.ctes } };
  }
  return inside;
}

/** What a WITH query gives; inside itself, what its left arm gives. Throws 42P01 for a cycle without one. */
export function cteOutputs(a: Analysis, cte: Cte): readonly Output[] {
  if (cte.outputs !== null) return cte.outputs;
  if (cte.state === 'running' || cte.frame === null) {
    throw refusal(
      '0A000',
      `WITH query \`${cte.inner.ctename ?? ''}\` refers to itself in a way that is not supported`,
    );
  }
  cte.state = 'running';
  const select = selectOf(cte);
  const whole =
    cte.recursive && select.op === 'SETOP_UNION' ? recursiveOutputs(a, cte, select) : null;
  const outputs = whole ?? a.query(select, cte.frame);
  cte.outputs = named(cte, outputs);
  cte.state = 'done';
  listColumns(a, cte, cte.outputs.slice(0, outputs.length));
  return cte.outputs;
}

/** Writes `q("a", "b") AS`, so that the server has no names of its own for the columns. */
function listColumns(a: Analysis, { inner }: Cte, outputs: readonly Output[]): void {
  const given = inner.aliascolnames ?? [];
  const missing = outputs.slice(given.length).map((output) => output.name);
  if (missing.length === 0) return;
  const at = tokenIndexAt(a.tokens, inner.location ?? -1);
  insertNames(a, at, { missing, given: given.length, before: '' });
  inner.aliascolnames = [...given, ...missing.map(stringNode)];
}

function selectOf(cte: Cte): Inner<'SelectStmt'> {
  const node = cte.inner.ctequery;
  if (node === undefined || !('SelectStmt' in node)) {
    throw refusal('25006', 'WITH expected only queries that read', {
      hint: 'the gateway is read-only by default: the setting `gateway.writes` says otherwise',
    });
  }
  return node.SelectStmt;
}

/**
 * The left arm says what the name carries inside the right arm; the whole then checks that both arms agree, so what
 * flows round is masked alike in every round. A constant NULL on the left says nothing, so it counts as plain there.
 */
function recursiveOutputs(
  a: Analysis,
  cte: Cte,
  select: Inner<'SelectStmt'>,
): readonly Output[] | null {
  if (select.larg === undefined || cte.frame === null) return null;
  const frame = withFrame(a, select.withClause, cte.frame);
  const left = a.query(select.larg, frame);
  const settled = left.map(({ name, value }) => ({ name, value: settledValue(value) }));
  cte.outputs = named(cte, settled);
  const right = select.rarg === undefined ? [] : a.query(select.rarg, frame);
  a.seen.add(select);
  return combineRecursive(select, settled, right);
}

function settledValue(value: Value): Value {
  if (value.kind === 'null') return PLAIN;
  if (value.kind === 'stream') return { ...value, origin: null };
  return value.kind === 'plain' ? { ...value, confined: false } : value;
}

function combineRecursive(
  select: Inner<'SelectStmt'>,
  left: readonly Output[],
  right: readonly Output[],
): readonly Output[] {
  if (left.length !== right.length)
    throw refusal('42601', 'each UNION query expected the same number of columns');
  const clauses = [select.sortClause, select.limitCount, select.limitOffset, select.lockingClause];
  if (clauses.some((clause) => clause !== undefined)) {
    throw refusal('0A000', 'ORDER BY, LIMIT and FOR in a recursive query are not supported');
  }
  return left.map((output, i) => ({
    name: output.name,
    value: combineArms(output.value, right[i]?.value ?? PLAIN, select.all !== true),
  }));
}

/** The outputs under the names the WITH clause gives them, with the columns SEARCH and CYCLE add. */
function named(cte: Cte, outputs: readonly Output[]): readonly Output[] {
  const names = textsOf(cte.inner.aliascolnames);
  if (names.length > outputs.length)
    throw refusal(
      '42601',
      `WITH query \`${cte.inner.ctename ?? ''}\` has fewer columns than names`,
    );
  const renamed = outputs.map((output, i) => ({ ...output, name: names[i] ?? output.name }));
  return [...renamed, ...addedColumns(cte, renamed)];
}

function addedColumns(cte: Cte, outputs: readonly Output[]): Output[] {
  const { search_clause: search, cycle_clause: cycle } = cte.inner;
  const followed = [...textsOf(search?.search_col_list), ...textsOf(cycle?.cycle_col_list)];
  for (const output of outputs) {
    if (followed.includes(output.name)) requirePlain(output.value, 'SEARCH or CYCLE');
  }
  return [search?.search_seq_column, cycle?.cycle_mark_column, cycle?.cycle_path_column]
    .filter((name) => name !== undefined)
    .map((name) => ({ name, value: PLAIN }));
}
