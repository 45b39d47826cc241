import { Problem } from '#base/problem';
import { builtinFunction } from './catalogindex.ts';
import { checkShape, checkSize } from './limit.ts';
import { isBroken, parse } from './parser.ts';
import { tokensOf } from './token.ts';
import { eachNode, textsOf } from './tree.ts';
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
  const ctes = new Set<string>();
  let more = false;
  eachNode(tree, (tag, inner) => {
    if (tag === 'CommonTableExpr') ctes.add(String(inner['ctename']));
    if (tag === 'FuncCall') more ||= !isKnown(inner);
    if (tag === 'RangeVar') {
      const [schema, table] = [inner['schemaname'], String(inner['relname'])];
      const named = { schema: typeof schema === 'string' ? schema : null, table };
      more ||= inner['catalogname'] !== undefined || isSystem(named);
      tables.set(JSON.stringify(named), named);
    }
    // Parts of a WITH that write, and a SELECT that makes a table.
    more ||= /^(?:Insert|Update|Delete|Merge)Stmt$/u.test(tag) || inner['intoClause'] !== undefined;
  });
  if (more) return null;
  return [...tables.values()].filter(({ schema, table }) => schema !== null || !ctes.has(table));
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
