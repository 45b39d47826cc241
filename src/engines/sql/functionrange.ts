import { renamed } from './alias.ts';
import type { Analysis } from './analysis.ts';
import { writeColumnList } from './columnlist.ts';
import type { Frame } from './frame.ts';
import { calledFunction } from './calledfunction.ts';
import { functionColumn, requireNoReference } from './reference.ts';
import { refusal } from './refusal.ts';
import { derivedRange } from './scope.ts';
import type { Column, Range } from './scope.ts';
import { compositeNames, isScalarArray } from './scalararray.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { checkType } from './typecheck.ts';
import { requirePlain } from './value.ts';

/**
 * The range of a function in FROM. Its columns must be known exactly, because a name it has not got is looked up
 * further out; the alias is made to name all of them.
 */
export function tableFunction(a: Analysis, inner: Inner<'RangeFunction'>, frame: Frame): Range {
  a.seen.add(inner);
  const { call, definitions } = onlyFunction(inner);
  if (isUnnestOfSeveral(call)) return unnestRange(a, { inner, call }, frame);
  requirePlain(a.expression({ FuncCall: call }, frame), 'a function in FROM');
  if (definitions.length > 0) return functionRange(inner, call, definedNames(a, definitions));
  const range = functionRange(inner, call, resultNames(a, inner, call));
  nameColumns(a, { inner, call }, range);
  return range;
}

type Called = { readonly call: Inner<'FuncCall'>; readonly definitions: readonly Node[] };

function onlyFunction(inner: Inner<'RangeFunction'>): Called {
  const [list, ...more] = inner.functions ?? [];
  const items = list !== undefined && 'List' in list ? (list.List.items ?? []) : [];
  const [call, own] = items;
  if (more.length > 0 || inner.is_rowsfrom === true) {
    throw refusal('0A000', 'ROWS FROM is not supported', {
      hint: 'join the functions, or unnest each',
    });
  }
  if (call === undefined || !('FuncCall' in call)) {
    throw refusal('0A000', 'FROM expected a table or a function');
  }
  if (own !== undefined && 'List' in own) throw refusal('0A000', 'ROWS FROM is not supported');
  return { call: call.FuncCall, definitions: inner.coldeflist ?? [] };
}

function definedNames(a: Analysis, definitions: readonly Node[]): string[] {
  return definitions.map((node) => {
    if (!('ColumnDef' in node))
      throw refusal('0A000', 'a column definition expected a name and a type');
    a.seen.add(node.ColumnDef);
    checkType(a, node.ColumnDef.typeName);
    return node.ColumnDef.colname ?? '';
  });
}

/** Functions whose result has the shape of an argument, or none until the query says so (pg_proc.prorettype). */
const SHAPELESS = new Set([
  'any_value_transfn',
  'json_to_record',
  'json_to_recordset',
  'jsonb_to_record',
  'jsonb_to_recordset',
  'lower',
  'range_intersect_agg_transfn',
  'record_larger',
  'record_smaller',
  'upper',
]);
const POPULATES = new Set([
  'json_populate_record',
  'json_populate_recordset',
  'jsonb_populate_record',
  'jsonb_populate_recordset',
]);

/** The columns a call gives; throws 0A000 where the server may know of more than we do. */
function resultNames(
  a: Analysis,
  inner: Inner<'RangeFunction'>,
  call: Inner<'FuncCall'>,
): readonly string[] {
  const { schema, name, columns } = calledFunction(a, call);
  const builtin = schema === 'pg_catalog';
  const [first] = call.args ?? [];
  if (builtin && POPULATES.has(name)) return compositeNames(a, first) ?? shapeless(call, name);
  if (builtin && name === 'unnest') requireScalarArray(a, first);
  else if (columns === null || (builtin && SHAPELESS.has(name))) return shapeless(call, name);
  if (columns !== null && columns.length > 0) return columns;
  return [inner.alias?.aliasname ?? textsOf(call.funcname).at(-1) ?? ''];
}

function shapeless(call: Inner<'FuncCall'>, name: string): never {
  throw refusal('0A000', `the columns of \`${name}\` in FROM are not known`, {
    hint: 'json_to_record and jsonb_to_recordset with a column definition list are: AS x(a int, b text)',
    offset: call.location,
  });
}

function requireScalarArray(a: Analysis, node: Node | undefined): void {
  if (node !== undefined && isScalarArray(a, node)) return;
  throw refusal('0A000', 'unnest in FROM expected an array of a type that is known', {
    hint: 'cast it: unnest(x::text[])',
  });
}

type FunctionItem = {
  readonly inner: Inner<'RangeFunction'>;
  readonly call: Inner<'FuncCall'>;
};

/** `unnest(a, b)` is several functions side by side, but only while its name has no schema (parse_clause.c). */
function isUnnestOfSeveral(call: Inner<'FuncCall'>): boolean {
  const names = textsOf(call.funcname);
  return names.length === 1 && names[0] === 'unnest' && (call.args ?? []).length > 1;
}

function unnestRange(a: Analysis, item: FunctionItem, frame: Frame): Range {
  const { inner, call } = item;
  a.seen.add(call);
  const others = [call.agg_filter, call.agg_order, call.over, call.func_variadic, inner.coldeflist];
  if (others.some((part) => part !== undefined))
    throw refusal('0A000', 'unnest expected arrays alone');
  const args = call.args ?? [];
  for (const node of args) {
    const value = a.expression(node, frame);
    requirePlain(value, 'a function in FROM');
    if (!a.unrestricted()) requireNoReference(value, 'unnest');
  }
  for (const node of args) requireScalarArray(a, node);
  const range = functionRange(
    inner,
    call,
    args.map(() => 'unnest'),
  );
  nameColumns(a, item, range);
  return range;
}

/** The range of columns of those names and the row number. */
function functionRange(
  inner: Inner<'RangeFunction'>,
  call: Inner<'FuncCall'>,
  names: readonly string[],
): Range {
  const ordinality = inner.ordinality === true ? ['ordinality'] : [];
  const columns = [...names, ...ordinality].map((name): Column => ({
    name,
    value: functionColumn(textsOf(call.funcname).at(-1) ?? '', name),
    uses: [],
  }));
  const name = inner.alias?.aliasname ?? textsOf(call.funcname).at(-1) ?? null;
  return derivedRange(name, renamed(columns, inner.alias));
}

/** Writes `AS f("a", "b")` with every column, so that the server has no names of its own for them. */
function nameColumns(a: Analysis, { inner, call }: FunctionItem, range: Range): void {
  const first = tokenIndexAt(a.tokens, call.location ?? -1);
  const open = a.tokens.findIndex((token, i) => i >= first && token.text === '(');
  const close = closingIndex(a.tokens, open);
  if (open < 0 || close < 0) {
    throw refusal('XX000', 'a function expected its closing parenthesis');
  }
  const counted = inner.ordinality === true && a.tokens[close + 1]?.text === 'with';
  const names = range.columns.map((column) => column.name);
  writeColumnList(a, { inner, last: counted ? close + 2 : close, name: range.name ?? '', names });
}
