import type { Access, AccessColumn } from './access.ts';
import type { Relation } from './catalog.ts';
import { maskText } from './mask.ts';
import type { Barrier, Origin, PlanSession } from './plan.ts';
import { predicateText } from './predicate.ts';
import type { FragmentCompiler } from './predicate.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { familyOf, isForeignType, TEXT_OID } from './typename.ts';
import { plainOf } from './value.ts';
import type { Value } from './value.ts';

/** SHA-256 of a text's UTF-8 bytes as hex, handed in because engines do no cryptography of their own. */
export type Sha256 = (text: string) => string;

export type Granted = Exclude<Access, { readonly kind: 'absent' }>;

/** How a relation is written in the text that goes upstream. */
export type Written =
  /** Itself, fully qualified. */
  | { readonly kind: 'table' }
  /** A subquery with the columns that are used. */
  | { readonly kind: 'subquery'; readonly fence: boolean }
  | { readonly kind: 'view'; readonly barrier: Barrier };

export type Compiler = {
  readonly fragment: FragmentCompiler;
  readonly sha256: Sha256;
  /** Views compiled before, by relation, audience and form. */
  readonly barriers: Map<string, Barrier>;
};

/** Views kept compiled: a few hundred relations for a few dozen audiences. */
const BARRIERS_MAX = 10_000;

/** `only` is set for ONLY and for COPY of a table: rows of children stay out. */
export type Reading = { readonly access: Granted; readonly only: boolean };

/** Decides how a relation is written. In hardened mode even an open one is read through a view: the role has no other right. */
export function writtenAs(reading: Reading, session: PlanSession, compiler: Compiler): Written {
  const { access } = reading;
  const filtered = access.kind === 'guarded' && access.filter !== null;
  if (session.mode === 'hardened') {
    return { kind: 'view', barrier: barrierOf(reading, 'privet_policy', compiler) };
  }
  if (access.kind === 'open') return { kind: 'table' };
  if (filtered && session.fence === 'temp-view') {
    return { kind: 'view', barrier: barrierOf(reading, 'pg_temp', compiler) };
  }
  return { kind: 'subquery', fence: filtered };
}

/** The columns of a relation as the subject has them, in order, with what they carry. */
export function shownColumns(
  access: Granted,
  written: Written,
): readonly { readonly name: string; readonly value: Value }[] {
  return columnsOf(access).map((shown, i) => ({
    name: shown.column.name,
    value: valueOf(shown, originOf({ access, written, shown }, i)),
  }));
}

function columnsOf(access: Granted): readonly AccessColumn[] {
  if (access.kind === 'guarded') return access.columns;
  return access.relation.columns.map((column) => ({ column, show: { kind: 'clear' } }));
}

type Placed = { readonly access: Granted; readonly written: Written; readonly shown: AccessColumn };

function originOf(placed: Placed, index: number): Origin | null {
  const { access, written, shown } = placed;
  if (written.kind === 'view') {
    return { kind: 'barrier', name: written.barrier.name, attnum: index + 1 };
  }
  if (!isBareText(shown)) return null;
  return { kind: 'relation', relation: access.relation.oid, attnum: shown.column.attnum };
}

function valueOf(shown: AccessColumn, origin: Origin | null): Value {
  const { column, show } = shown;
  if (show.kind !== 'stream' || !fitsStream(shown)) return plainOf(column.typeOid);
  const injective = show.injective && column.deterministic;
  const typeOid = isBareText(shown) ? column.typeOid : TEXT_OID;
  const type = isBareText(shown) ? column.type : 'text';
  return { kind: 'stream', mask: show.mask, injective, typeOid, type, origin };
}

/** text and varchar go out as they are, so that PostgreSQL reports the column; the rest is cast to text. */
function isBareText(shown: AccessColumn): boolean {
  return familyOf(shown.column) === 'text';
}

/** Masks in the stream are for text; a column that cannot be one shows NULL instead. */
function fitsStream(shown: AccessColumn): boolean {
  return isBareText(shown) || familyOf(shown.column) === 'padded' || isForeignType(shown.column);
}

/** The select list entry of one column: itself, or what masks it, under its own name. */
function columnText(shown: AccessColumn, relation: Relation, compiler: Compiler): string {
  const { column, show } = shown;
  const name = quoteName(column.name);
  if (show.kind === 'clear') return name;
  if (show.kind === 'stream') {
    if (isBareText(shown)) return name;
    return fitsStream(shown)
      ? `${name}::pg_catalog.text AS ${name}`
      : `NULL::${column.type} AS ${name}`;
  }
  const text = maskText(
    { relation, column, mask: show.mask, where: show.where },
    compiler.fragment,
  );
  return `${text} AS ${name}`;
}

/**
 * The SELECT that stands for a relation. `names` are the columns to list (null for all), `sample` a TABLESAMPLE clause
 * to keep with the table. A filter on a subquery gets OFFSET 0, so that nothing from outside runs before it.
 */
export function selectText(
  reading: Reading,
  compiler: Compiler,
  options: {
    readonly names: ReadonlySet<string> | null;
    readonly sample: string;
    readonly fence: boolean;
  },
): string {
  const { access, only } = reading;
  const { relation } = access;
  const listed = columnsOf(access).filter((shown) => options.names?.has(shown.column.name) ?? true);
  const list = listed.map((shown) => columnText(shown, relation, compiler)).join(', ');
  const from = `FROM ${only ? 'ONLY ' : ''}${quoteQualified(relation.schema, relation.name)}${options.sample}`;
  const filter = access.kind === 'guarded' ? access.filter : null;
  const where =
    filter === null ? '' : ` WHERE ${predicateText(filter, relation, compiler.fragment)}`;
  return `SELECT ${list}${list === '' ? '' : ' '}${from}${where}${options.fence ? ' OFFSET 0' : ''}`;
}

/** Hex digits of a view's name: 160 bits, so that nobody finds a second definition for a name. */
const NAME_DIGITS = 40;

function barrierOf(reading: Reading, schema: Barrier['schema'], compiler: Compiler): Barrier {
  const { access, only } = reading;
  const audience = access.kind === 'guarded' ? `guarded ${access.audience}` : 'open';
  const key = `${access.relation.oid} ${only ? 'only' : 'all'} ${schema} ${audience}`;
  const known = compiler.barriers.get(key);
  if (known !== undefined) return known;
  if (compiler.barriers.size >= BARRIERS_MAX) compiler.barriers.clear();
  const barrier = compileBarrier(reading, schema, compiler);
  compiler.barriers.set(key, barrier);
  return barrier;
}

/**
 * The view a relation is read through. With a filter it is a security barrier, which keeps functions of the query
 * from rows the filter drops; without one it need not be, and stays as fast as the table.
 */
function compileBarrier(reading: Reading, schema: Barrier['schema'], compiler: Compiler): Barrier {
  const definition = selectText(reading, compiler, { names: null, sample: '', fence: false });
  const { access } = reading;
  const barrier = access.kind === 'guarded' && access.filter !== null;
  const options = barrier ? ' WITH (security_barrier = true)' : '';
  const name = `v_${compiler.sha256(`${options}\n${definition}`).slice(0, NAME_DIGITS)}`;
  const create = `CREATE VIEW ${quoteQualified(schema, name)}${options} AS ${definition}`;
  return { name, schema, definition, create, relation: access.relation.oid };
}
