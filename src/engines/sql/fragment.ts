import { Problem, problemFrom } from '#base/problem';

import { ANSWERS } from './answers.ts';
import type { RelationColumn } from './catalog.ts';
import { builtinFunction, indexCatalog } from './catalogindex.ts';
import type { CatalogIndex } from './catalogindex.ts';
import { kindOf } from './fragmentkind.ts';
import type { Known } from './fragmentkind.ts';
import { knownNodes } from './grammar.ts';
import { checkLexemes } from './lexeme.ts';
import { checkShape, checkSize } from './limit.ts';
import { parse } from './parser.ts';
import type { PlanSession } from './plan.ts';
import type { FragmentCompiler } from './predicate.ts';
import { refusal } from './refusal.ts';
import { requireCast, settledKind } from './settled.ts';
import { derivedRange, itemOf } from './scope.ts';
import { STATEMENT_FIELDS } from './statement.ts';
import { templateText } from './template.ts';
import { closingIndex, tokensOf } from './token.ts';
import { eachNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { familyOf, isForeignType } from './typename.ts';
import { plainOf, requirePlain } from './value.ts';
import { newAnalysis, requireSeen, rewrittenText } from './walk.ts';

/** What a policy author's SQL may name. */
export type FragmentColumn = { readonly name: string; readonly typeOid: number };

const PREFIX = 'SELECT (';
const SUFFIX = '\n)';
/** Fragments kept compiled: a few for each policy and relation. */
const FRAGMENTS_MAX = 5_000;

/** A compiler of templates that remembers what it compiled. */
export function fragmentCompiler(index: CatalogIndex): FragmentCompiler {
  const known = new Map<string, string>();
  return (template, relation, target) => {
    const sqlText = templateText(template);
    const key = `${relation.oid} ${target?.attnum ?? 0} ${sqlText}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= FRAGMENTS_MAX) known.clear();
    const compiled = compileFragment(sqlText, { columns: relation.columns, target }, index);
    known.set(key, compiled);
    return compiled;
  };
}

/**
 * Checks a policy author's SQL: one expression over these columns, built-in functions and vouched ones; no subqueries,
 * aggregates or parameters, nothing about the session. The problems found, which is none or one.
 */
export function checkFragment(
  sqlText: string,
  kind: 'predicate' | 'expression',
  columns: readonly FragmentColumn[],
): readonly Problem[] {
  try {
    if (sqlText.trim() === '') throw refusal('42601', `${kind} expected SQL, got nothing`);
    compileFragment(sqlText, { columns, target: undefined }, emptyIndex);
    return [];
  } catch (thrown) {
    return [problemFrom(thrown)];
  }
}

const emptyIndex = indexCatalog({
  digest: '',
  serverVersion: 0,
  relations: [],
  types: [],
  functions: [],
});

/** Nobody's session: fragments are refused before they could ask about it. */
const NO_SESSION: PlanSession = {
  searchPath: [],
  subjectName: '',
  database: '',
  mode: 'splice',
  fence: 'offset',
  settings: {},
};

/** The columns a fragment may name, and the column whose mask it is; nothing for a predicate. */
export type FragmentPlace = {
  readonly columns: readonly (FragmentColumn | RelationColumn)[];
  readonly target: RelationColumn | undefined;
};

/** The fragment with every function and type written with its schema; throws for what it may not hold. */
export function compileFragment(
  sqlText: string,
  { columns, target }: FragmentPlace,
  index: CatalogIndex,
): string {
  const { tree, bytes, tokens } = parsedFragment(sqlText);
  refuseForbidden(tree);
  const known = knownNodes(tree, STATEMENT_FIELDS);
  const analysis = newAnalysis(
    { bytes, tokens },
    {
      index,
      session: NO_SESSION,
      compiler: { fragment: () => '', sha256: () => '', barriers: new Map() },
      grants: { of: () => null, all: () => [], unrestricted: () => false },
    },
  );
  const { select, expression } = onlyExpression(tree);
  const range = derivedRange(
    null,
    columns.map(({ name, typeOid }) => ({ name, value: plainOf(typeOid), uses: [] })),
  );
  const frame = { level: { items: [itemOf(range)], outer: null }, ctes: null };
  requirePlain(analysis.expression(expression, frame), 'a policy');
  const value = settledKind(
    { index, tokens, edits: analysis.edits, columns: typesOf(columns) },
    expression,
  );
  if (target !== undefined) requireTarget(index, value, target);
  for (const inner of [select, ...(select.targetList ?? []).flatMap(Object.values)]) {
    analysis.seen.add(inner);
  }
  requireSeen(analysis, known);
  const text = rewrittenText(analysis, tree, { start: 0, end: bytes.length });
  return text.slice(PREFIX.length, -SUFFIX.length);
}

/** A mask's value becomes one of its column's type; a type of the source's own takes texts that are settled already. */
function requireTarget(index: CatalogIndex, value: Known, target: RelationColumn): void {
  const family = familyOf(target);
  const settled = value.kind === 'neutral' || value.kind === 'literal';
  if (settled && isForeignType(target)) return;
  requireCast(value, kindOf(index, target.typeOid), family === 'integer' || family === 'numeric');
}

function typesOf(columns: FragmentPlace['columns']): ReadonlyMap<string, number> {
  return new Map(columns.map(({ name, typeOid }) => [name, typeOid]));
}

function parsedFragment(sqlText: string) {
  if (sqlText.includes('\0') || !sqlText.isWellFormed()) {
    throw refusal('42601', 'sql expected text without zero characters and lone surrogates');
  }
  const whole = PREFIX + sqlText + SUFFIX;
  const bytes = Buffer.from(whole, 'utf8');
  checkSize(bytes.length);
  const tokens = tokensOf(bytes);
  checkShape(tokens);
  checkLexemes(bytes, tokens);
  const [statement, ...more] = parse(whole, bytes.length);
  if (statement === undefined || more.length > 0) throw notOne();
  // `a) or (b` is one expression too, but it would come out of the parentheses it is put in.
  if (closingIndex(tokens, 1) !== tokens.length - 1) throw notOne();
  return { tree: statement.tree, bytes, tokens };
}

function notOne(): Problem {
  return refusal('42601', 'sql expected exactly one expression');
}

/** Nothing but one unnamed target: text that closes the parenthesis early makes something else. */
function onlyExpression(tree: Node): {
  readonly select: Inner<'SelectStmt'>;
  readonly expression: Node;
} {
  if (!('SelectStmt' in tree)) throw notOne();
  const select = tree.SelectStmt;
  const { targetList, limitOption, op, ...rest } = select;
  const [target, ...more] = targetList ?? [];
  const plain = limitOption === 'LIMIT_OPTION_DEFAULT' && op === 'SETOP_NONE';
  if (!plain || Object.keys(rest).length > 0 || more.length > 0) throw notOne();
  if (target === undefined || !('ResTarget' in target)) throw notOne();
  const { val, name } = target.ResTarget;
  if (val === undefined || name !== undefined || 'RowExpr' in val) throw notOne();
  return { select, expression: val };
}

const CLOCKS = /^SVFOP_(CURRENT_(DATE|TIME|TIMESTAMP)|LOCALTIME|LOCALTIMESTAMP)(_N)?$/u;

function refuseForbidden(tree: Node): void {
  eachNode(tree, (tag, inner) => {
    if (tag === 'SubLink') throw forbidden('a subquery', 'policies see one relation at a time');
    if (tag === 'ParamRef') throw forbidden('a parameter', 'use @attr(…) or a literal');
    if (tag === 'SQLValueFunction' && !CLOCKS.test(String(inner['op']))) {
      throw forbidden('the session user', 'use @user');
    }
    if (tag === 'FuncCall') refuseCall(inner);
  });
}

function refuseCall(inner: Record<string, unknown>): void {
  const name = textsOf(inner['funcname'] as Node[]).at(-1) ?? '';
  if (ANSWERS.has(name)) throw forbidden(`the function \`${name}\``, 'use @user or @attr(…)');
  const kind = builtinFunction(name)?.kind ?? 'scalar';
  if (kind !== 'scalar' || inner['over'] !== undefined) {
    throw forbidden('an aggregate or window function', 'policies see one row at a time');
  }
}

function forbidden(what: string, hint: string): Problem {
  return refusal('42501', `policy sql expected not to use ${what}`, { hint });
}
