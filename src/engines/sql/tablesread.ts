import { Problem } from '#base/problem';
import { builtinFunction } from './catalogindex.ts';
import { checkShape, checkSize } from './limit.ts';
import { isBroken, parse } from './parser.ts';
import { tokensOf } from './token.ts';
import { textsOf } from './tree.ts';
import type { Node } from './tree.ts';

/** A table as a query names it; without a schema it is whatever the search path makes of it. */
export type NamedTable = { readonly schema: string | null; readonly table: string };

/**
 * The tables one query names, each once; null when it may read more than it names: text that cannot be read or is no
 * query, a function that is not on the list of those statements may call (some read what their text says), system tables.
 * Never throws for such a text, only when the parser itself breaks. `loadParser` must have been awaited.
 */
export function tablesRead(sqlText: string): readonly NamedTable[] | null {
  const tree = queryIn(sqlText);
  if (tree === null) return null;
  const tables = new Map<string, NamedTable>();
  let more = false;
  eachInScope(tree, new Set(), (tag, inner, ctes) => {
    if (tag === 'FuncCall') more ||= !isKnown(inner);
    if (tag === 'RangeVar') {
      const [schema, table] = [inner['schemaname'], String(inner['relname'])];
      const named = { schema: typeof schema === 'string' ? schema : null, table };
      more ||= inner['catalogname'] !== undefined || isSystem(named);
      if (named.schema !== null || !ctes.has(table)) tables.set(JSON.stringify(named), named);
    }
    // Operators and types may call any function; those of PostgreSQL need no schema.
    const operators = [tag === 'A_Expr' ? inner['name'] : [], inner['useOp'], inner['operName']];
    more ||= [...operators, inner['names']].some(isForeign);
    // Parts of a WITH that write, and a SELECT that makes a table.
    more ||= /^(?:Insert|Update|Delete|Merge)Stmt$/u.test(tag) || inner['intoClause'] !== undefined;
  });
  return more ? null : [...tables.values()];
}

type Visit = (tag: string, inner: Record<string, unknown>, ctes: ReadonlySet<string>) => void;

/** Calls `visit` for every object of a tree under the key it is found at, with the names that mean a part of a WITH there. */
function eachInScope(tree: unknown, ctes: ReadonlySet<string>, visit: Visit): void {
  if (Array.isArray(tree)) for (const item of tree) eachInScope(item, ctes, visit);
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return;
  const { withClause, ...others } = tree as Record<string, unknown>;
  const within = withClause === undefined ? ctes : throughWith(withClause, ctes, visit);
  for (const [key, value] of Object.entries(others)) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) visit(key, value as Record<string, unknown>, within);
    eachInScope(value, within, visit);
  }
}

/** Visits the parts of a WITH, of which each knows those before it, or all when it is recursive; gives what the statement knows. */
function throughWith(clause: unknown, ctes: ReadonlySet<string>, visit: Visit): Set<string> {
  const { ctes: parts = [], recursive } = clause as WithClause;
  const nameOf = (part: Node) => ('CommonTableExpr' in part ? part.CommonTableExpr.ctename : '');
  const known = new Set(ctes);
  if (recursive === true) for (const part of parts) known.add(nameOf(part) ?? '');
  for (const part of parts) {
    eachInScope(part, new Set(known), visit);
    known.add(nameOf(part) ?? '');
  }
  return known;
}

type WithClause = { readonly ctes?: readonly Node[]; readonly recursive?: boolean };

/** Whether a list of names, if it is one, says a schema other than that of PostgreSQL itself. */
function isForeign(names: unknown): boolean {
  if (!Array.isArray(names)) return false;
  const [, schema = 'pg_catalog', ...longer] = textsOf(names as Node[]).toReversed();
  return longer.length > 0 || schema !== 'pg_catalog';
}

function isKnown(call: Record<string, unknown>): boolean {
  const [name = '', schema = 'pg_catalog', ...longer] = textsOf(
    call['funcname'] as Node[],
  ).toReversed();
  return longer.length === 0 && schema === 'pg_catalog' && builtinFunction(name) !== undefined;
}

/** Statistics hold values of any table. */
function isSystem({ schema, table }: NamedTable): boolean {
  return schema === null
    ? table.startsWith('pg_')
    : schema.startsWith('pg_') || schema === 'information_schema';
}

function queryIn(sqlText: string): Node | null {
  try {
    const bytes = Buffer.from(sqlText, 'utf8');
    checkSize(bytes.length);
    checkShape(tokensOf(bytes));
    const [statement, ...others] = parse(sqlText, bytes.length);
    if (statement === undefined || others.length > 0) return null;
    return 'SelectStmt' in statement.tree ? statement.tree : null;
  } catch (thrown) {
    if (thrown instanceof Problem && !isBroken(thrown)) return null;
    throw thrown;
  }
}
