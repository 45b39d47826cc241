import { renamed } from './alias.ts';
import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import { calledFunction } from './calledfunction.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import { derivedRange } from './scope.ts';
import type { Column, Range } from './scope.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { stringNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { checkType } from './typecheck.ts';
import { PLAIN, requirePlain } from './value.ts';

/**
 * The range of a function in FROM. Its columns must be known exactly, because a name it has not got is looked up
 * further out; where they are not, the alias is made to name them.
 */
export function tableFunction(a: Analysis, inner: Inner<'RangeFunction'>, frame: Frame): Range {
  a.seen.add(inner);
  const { call, definitions } = onlyFunction(inner);
  if (isUnnestOfSeveral(call)) return unnestRange(a, { inner, call }, frame);
  requirePlain(a.expression({ FuncCall: call }, frame), 'a function in FROM');
  const names = definitions.length > 0 ? definedNames(a, definitions) : resultNames(a, inner, call);
  const ordinality = inner.ordinality === true ? ['ordinality'] : [];
  const columns = [...names, ...ordinality].map((name): Column => ({
    name,
    value: PLAIN,
    uses: [],
  }));
  const name = inner.alias?.aliasname ?? textsOf(call.funcname).at(-1) ?? null;
  return derivedRange(name, renamed(columns, inner.alias));
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

function resultNames(
  a: Analysis,
  inner: Inner<'RangeFunction'>,
  call: Inner<'FuncCall'>,
): readonly string[] {
  const columns = calledFunction(a, call).columns ?? [];
  if (columns.length > 0) return columns;
  const given = textsOf(inner.alias?.colnames)[0];
  if (given !== undefined) return [given];
  const name = inner.alias?.aliasname ?? textsOf(call.funcname).at(-1) ?? '';
  nameColumns(a, { inner, call }, [name]);
  return [name];
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
  for (const node of args) requirePlain(a.expression(node, frame), 'a function in FROM');
  const given = textsOf(inner.alias?.colnames);
  if (given.length === 0)
    nameColumns(
      a,
      item,
      args.map(() => 'unnest'),
    );
  else if (given.length < args.length)
    throw refusal('0A000', 'unnest expected a name for every array');
  const names = [...args.map(() => 'unnest'), ...(inner.ordinality === true ? ['ordinality'] : [])];
  const columns = names.map((name): Column => ({ name, value: PLAIN, uses: [] }));
  return derivedRange(inner.alias?.aliasname ?? 'unnest', renamed(columns, inner.alias));
}

/** Writes `AS f(f)`: PostgreSQL would choose the same name, unless the function turns out to give a row. */
function nameColumns(a: Analysis, item: FunctionItem, names: readonly string[]): void {
  const { inner, call } = item;
  const first = tokenIndexAt(a.tokens, call.location ?? -1);
  const open = a.tokens.findIndex((token, i) => i >= first && token.text === '(');
  let last = closingIndex(a.tokens, open);
  if (a.tokens[last + 1]?.text === 'with' && inner.ordinality === true) last += 2;
  if (inner.alias !== undefined) last += a.tokens[last + 1]?.text === 'as' ? 2 : 1;
  const end = a.tokens[last]?.end;
  if (open < 0 || end === undefined) {
    throw refusal('XX000', 'a function expected its closing parenthesis');
  }
  const name = inner.alias?.aliasname ?? textsOf(call.funcname).at(-1) ?? '';
  const alias = inner.alias === undefined ? ` AS ${quoteName(name)}` : '';
  a.edits.push({ start: end, end, text: `${alias}(${names.map(quoteName).join(', ')})` });
  inner.alias = { aliasname: name, colnames: names.map(stringNode) };
}
