import type { Analysis } from './analysis.ts';
import { builtinFunction } from './catalogindex.ts';
import { refusal } from './refusal.ts';
import { searchPath } from './searchpath.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';

/** A function a call names, after the virtual search_path. */
export type CalledFunction = {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'scalar' | 'aggregate' | 'window';
  readonly arities: readonly number[] | null;
  /** Names of its result columns; empty for one value, null when they are not known. */
  readonly columns: readonly string[] | null;
  readonly builtin: boolean;
};

/** Functions of information_schema that clients call (pgJDBC: getPrimaryKeys, getImportedKeys). */
const INFORMATION_FUNCTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['_pg_expandarray', ['x', 'n']],
]);

/** Functions that name roles or objects by OID, or measure storage: only for subjects to whom everything is open. */
const OPEN_FUNCTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['acldefault', []],
  ['aclexplode', ['grantor', 'grantee', 'privilege_type', 'is_grantable']],
  ['makeaclitem', []],
  ['pg_describe_object', []],
  ['pg_identify_object', ['type', 'schema', 'name', 'identity']],
  ['pg_sequence_last_value', []],
  ['pg_get_sequence_data', ['last_value', 'is_called']],
]);

/** The function a call means; throws 42883 when there is none that may be called. */
export function calledFunction(a: Analysis, call: Inner<'FuncCall'>): CalledFunction {
  const names = textsOf(call.funcname);
  const name = names.at(-1);
  if (name === undefined || names.length > 2 || names.includes(undefined)) {
    throw refusal('42883', 'function expected a name of at most schema.function', {
      offset: call.location,
    });
  }
  const schema = names.length === 2 ? names[0] : undefined;
  const found = schema === undefined ? unqualified(a, name) : inSchema(a, schema, name);
  if (found !== null) return found;
  throw refusal('42883', `function \`${name}\` is not one the gateway lets through`, {
    hint: 'immutable and stable built-in functions are; a function of the source must be vouched for by an administrator',
    offset: call.location,
  });
}

function unqualified(a: Analysis, name: string): CalledFunction | null {
  for (const schema of searchPath(a)) {
    const found = inSchema(a, schema, name);
    if (found !== null) return found;
  }
  return null;
}

function inSchema(a: Analysis, schema: string, name: string): CalledFunction | null {
  if (schema === 'pg_catalog') {
    const builtin = builtinFunction(name);
    return builtin === undefined ? openFunction(a, name) : { ...builtin, schema, builtin: true };
  }
  if (schema === 'information_schema') {
    const columns = INFORMATION_FUNCTIONS.get(name);
    return columns === undefined
      ? null
      : { schema, name, kind: 'scalar', arities: null, columns, builtin: true };
  }
  const vouched = a.index.vouched(schema, name);
  if (vouched.length === 0) return null;
  const shapes = new Set(vouched.map((each) => each.columns.join('\0')));
  return {
    schema,
    name,
    kind: 'scalar',
    arities: vouched.map((each) => each.arguments),
    columns: shapes.size === 1 ? (vouched[0]?.columns ?? []) : null,
    builtin: false,
  };
}

function openFunction(a: Analysis, name: string): CalledFunction | null {
  const columns = OPEN_FUNCTIONS.get(name);
  if (columns === undefined || !a.unrestricted()) return null;
  return { schema: 'pg_catalog', name, kind: 'scalar', arities: null, columns, builtin: true };
}
