import type { Analysis } from './analysis.ts';
import { renamed } from './alias.ts';
import { parseFromItem } from './parser.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import { unused } from './scope.ts';
import type { Column, Range } from './scope.ts';
import { relationSpan } from './span.ts';
import { systemSelect } from './systemselect.ts';
import { isSystemRelation, systemColumns } from './systemshape.ts';
import type { SystemColumn } from './systemshape.ts';
import { replaceNode } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import type { Value } from './value.ts';

const SYSTEM_SCHEMAS = new Set(['pg_catalog', 'information_schema']);

export function isSystemSchema(schema: string): boolean {
  return SYSTEM_SCHEMAS.has(schema);
}

/** Whether the schema has a system relation of that name that can be shown. */
export function knowsSystem(schema: string, name: string): boolean {
  return isSystemRelation(schema, name);
}

export type SystemReference = {
  readonly node: Node;
  readonly inner: Inner<'RangeVar'>;
  readonly sampled: boolean;
};

/** Types whose values name objects: oid, regproc, oidvector and the other reg* types (pg_type.dat). */
const NAMING_TYPES = new Set([
  26, 24, 30, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191,
]);
const OID_TYPE = 26;

/**
 * The range of a system catalog: a subquery that shows what the subject may know of. Null when a bare name is none of
 * theirs, so that the search goes on; throws for one that is written with its schema and not shown.
 */
export function systemRange(a: Analysis, reference: SystemReference, schema: string): Range | null {
  const { inner } = reference;
  const name = inner.relname ?? '';
  const shape = systemColumns(schema, name, a.index.catalog.serverVersion);
  if (shape === null) {
    if (inner.schemaname === undefined) return null;
    throw refusal('42501', `relation \`${schema}.${name}\` is not shown through the gateway`, {
      offset: inner.location,
    });
  }
  if (reference.sampled) throw refusal('42809', 'TABLESAMPLE expected a table');
  if (!a.unrestricted()) a.findings.governed = true;
  const columns = shape.map(columnOf);
  const system = schema === 'pg_catalog' ? ['tableoid', 'xmin', 'ctid'].map(systemColumn) : [];
  if ((inner.alias?.colnames ?? []).length > 0)
    for (const { uses } of columns) for (const use of uses) use.used = true;
  const span = relationSpan(a.tokens, a.bytes, { inner, sample: null });
  a.later.push(() => {
    const used = (column: Column) => column.uses.some((cell) => cell.used);
    const added = system.filter(used).map((column) => column.name);
    if (added.length > 0 && system.some((column) => column.uses.some((cell) => cell.starred))) {
      throw refusal('0A000', 'a star and system columns of a catalog together are not supported');
    }
    const names = [...columns.filter(used).map((column) => column.name), ...added];
    write(a, { reference, span }, systemSelect(a, { schema, name }, names));
  });
  return {
    name: inner.alias?.aliasname ?? name,
    schema: inner.alias === undefined ? schema : null,
    columns: renamed(columns, inner.alias),
    system,
    key: [],
    replaced: true,
    guarded: false,
    listings: [],
  };
}

function columnOf({ name, typeOid }: SystemColumn): Column {
  const value: Value = { kind: 'plain', typeOid, confined: NAMING_TYPES.has(typeOid) };
  return { name, value, uses: [unused()] };
}

function systemColumn(name: string): Column {
  const typeOid = name === 'tableoid' ? OID_TYPE : 0;
  return { name, value: { kind: 'plain', typeOid, confined: true }, uses: [unused()] };
}

type Place = {
  readonly reference: SystemReference;
  readonly span: ReturnType<typeof relationSpan>;
};

function write(a: Analysis, { reference, span }: Place, select: string): void {
  const { inner, node } = reference;
  const name = inner.relname ?? '';
  const alias = inner.alias === undefined ? ` AS ${quoteName(name)}` : '';
  if (span.table !== null) a.edits.push({ ...span.table, text: 'SELECT * FROM' });
  a.edits.push({ ...span.whole, text: `(${select})${alias}` });
  const item = parseFromItem(`(${select}) AS ${quoteName(name)}`);
  if (!('RangeSubselect' in item)) throw refusal('XX000', 'substitution expected a subquery');
  replaceNode(node, {
    RangeSubselect: { ...item.RangeSubselect, alias: inner.alias ?? { aliasname: name } },
  });
}
