import { renamed } from './alias.ts';
import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import type { Relation } from './catalog.ts';
import { cteOutputs, findCte } from './cte.ts';
import { parseFromItem } from './parser.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { refusal } from './refusal.ts';
import { derivedRange, unused } from './scope.ts';
import type { Column, Listing, Range } from './scope.ts';
import { selectText, shownColumns, writtenAs } from './substitute.ts';
import type { Granted, Reading, Written } from './substitute.ts';
import { searchPath } from './searchpath.ts';
import { isSystemSchema, systemRange } from './systemrange.ts';
import { relationSpan, sampleText } from './span.ts';
import type { RelationSpan } from './span.ts';
import { replaceNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { PLAIN } from './value.ts';
import type { Value } from './value.ts';

type Named = {
  readonly node: Node;
  readonly inner: Inner<'RangeVar'>;
  readonly sample: Inner<'RangeTableSample'> | null;
};

/** The range a table name in FROM means: a WITH query, a relation of the source, or one of the system catalogs. */
export function relationRange(a: Analysis, node: Node, frame: Frame): Range {
  const named = namedRelation(a, node, frame);
  const { inner } = named;
  a.seen.add(inner);
  const cte = inner.schemaname === undefined ? findCte(frame.ctes, inner.relname ?? '') : undefined;
  if (cte === undefined) return catalogRange(a, named);
  if (named.sample !== null) throw refusal('42809', 'TABLESAMPLE expected a table');
  const columns = cteOutputs(a, cte).map(({ name, value }) => ({ name, value, uses: [] }));
  const alias = inner.alias?.aliasname ?? inner.relname ?? null;
  return derivedRange(alias, renamed(columns, inner.alias));
}

function namedRelation(a: Analysis, node: Node, frame: Frame): Named {
  if ('RangeVar' in node) return { node, inner: node.RangeVar, sample: null };
  const sample = 'RangeTableSample' in node ? node.RangeTableSample : undefined;
  if (sample?.relation === undefined || !('RangeVar' in sample.relation)) {
    throw refusal('0A000', 'FROM expected a table');
  }
  a.seen.add(sample);
  const method = textsOf(sample.method).at(-1) ?? '';
  if (!['system', 'bernoulli'].includes(method) || (sample.method ?? []).length > 1) {
    throw refusal('0A000', 'TABLESAMPLE expected system or bernoulli', { offset: sample.location });
  }
  for (const argument of [...(sample.args ?? []), sample.repeatable]) {
    if (argument !== undefined && !('A_Const' in argument)) {
      throw refusal('0A000', 'TABLESAMPLE expected a number', { offset: sample.location });
    }
    if (argument !== undefined) a.expression(argument, frame);
  }
  return { node, inner: sample.relation.RangeVar, sample };
}

function catalogRange(a: Analysis, named: Named): Range {
  const { inner } = named;
  const catalogName = inner.catalogname;
  if (catalogName !== undefined && catalogName !== a.session.database) {
    throw refusal('0A000', 'cross-database references are not supported', {
      offset: inner.location,
    });
  }
  const schemas = inner.schemaname === undefined ? searchPath(a) : [inner.schemaname];
  for (const schema of schemas) {
    const range = isSystemSchema(schema)
      ? systemRange(a, { node: named.node, inner, sampled: named.sample !== null }, schema)
      : userRange(a, named, schema);
    if (range !== null) return range;
  }
  throw absent(inner);
}

function absent(inner: Inner<'RangeVar'>): Error {
  const name = [inner.schemaname, inner.relname].filter((part) => part !== undefined).join('.');
  return refusal('42P01', `relation \`${name}\` does not exist`, {
    hint: 'or it is not shared with you: `\\dn` and `\\dt schema.*` list what is',
    offset: inner.location,
  });
}

function userRange(a: Analysis, named: Named, schema: string): Range | null {
  const relation = a.index.relation(schema, named.inner.relname ?? '');
  const access = relation === undefined ? null : a.grant(relation);
  return relation === undefined || access === null ? null : grantedRange(a, named, access);
}

function grantedRange(a: Analysis, named: Named, access: Granted): Range {
  const { inner } = named;
  const reading = { access, only: inner.inh !== true };
  const whole = writtenAs(reading, a.session, a.compiler);
  const written =
    named.sample === null ? whole : sampled(a, { access, written: whole }, named.sample);
  const alias = inner.alias;
  const columns = shownColumns(access, written).map((shown) => ({ ...shown, uses: [unused()] }));
  const system = written.kind === 'table' ? systemColumns(access.relation) : [];
  note(a, { access, written }, columns);
  const span = relationSpan(a.tokens, a.bytes, named);
  const replacement = { reading, written, named, span };
  const listing: Listing = { needed: written.kind === 'subquery' };
  if (written.kind === 'view') writeName(a, replacement);
  else a.later.push(() => writeRelation(a, replacement, { columns, system, listing }));
  return {
    name: alias?.aliasname ?? access.relation.name,
    schema: alias === undefined ? access.relation.schema : null,
    columns: renamed(columns, alias),
    key: keyColumns(access, columns),
    system,
    replaced: written.kind !== 'table',
    guarded: access.kind === 'guarded' || written.kind !== 'table',
    listings: written.kind === 'table' ? [listing] : [],
  };
}

type Needs = {
  readonly columns: readonly Column[];
  readonly system: readonly Column[];
  readonly listing: Listing;
};

/**
 * Writes the relation once all uses of it are known: by name, or as a subquery of the columns that are used. An open one
 * too when a star or a whole row is made of it, because the server may have columns by now that nobody decided about.
 */
function writeRelation(a: Analysis, replacement: Replacement, needs: Needs): void {
  const { columns, system, listing } = needs;
  if (!listing.needed) return writeName(a, replacement);
  if (system.some(isUsed)) {
    throw refusal('0A000', 'a star or whole row beside system columns is not supported', {
      hint: 'name the columns',
    });
  }
  const aliased = replacement.named.inner.alias?.colnames?.length ?? 0;
  const listed = columns.filter((column, i) => i < aliased || isUsed(column));
  writeSubquery(a, replacement, new Set(listed.map((column) => column.name)));
}

function isUsed(column: Column): boolean {
  return column.uses.some((cell) => cell.used);
}

/** The key's columns while masks leave it a key: each shown as it is, or so that equal means equal. */
function keyColumns(access: Granted, columns: readonly Column[]): readonly Column[] {
  const { primaryKey } = access.relation;
  const found = primaryKey.flatMap((name) => columns.filter((column) => column.name === name));
  const kept = found.filter((column) => isKept(access, column.name));
  return kept.length === primaryKey.length ? kept : [];
}

function isKept(access: Granted, name: string): boolean {
  if (access.kind === 'open') return true;
  const show = access.columns.find(({ column }) => column.name === name)?.show;
  return show?.kind === 'clear' || (show?.kind === 'stream' && show.injective);
}

/** The table a row is in is one the subject reads, or a child of it. */
const TABLE_OID: Value = { kind: 'plain', typeOid: 26, confined: true };

/** A view has no system columns; a table has them all. */
function systemColumns(relation: Relation): readonly Column[] {
  if (relation.kind === 'view') return [];
  return ['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid'].map((name) => ({
    name,
    value: name === 'tableoid' ? TABLE_OID : PLAIN,
    uses: [unused()],
  }));
}

type Read = { readonly access: Granted; readonly written: Written };

function note(a: Analysis, { access, written }: Read, columns: readonly Column[]): void {
  const { findings } = a;
  for (const root of a.index.roots(access.relation)) findings.relations.add(root.oid);
  if (access.kind === 'guarded') findings.governed = true;
  if (written.kind === 'view') findings.barriers.set(written.barrier.name, written.barrier);
  for (const { value } of columns) {
    if (value.kind !== 'stream' || value.origin === null) continue;
    findings.guards.set(JSON.stringify(value.origin), value.origin);
  }
}

type Replacement = {
  readonly reading: Reading;
  readonly written: Written;
  readonly named: Named;
  readonly span: RelationSpan;
};

/** The relation by its full name, or the view in its place under the name the query knows it by. */
function writeName(a: Analysis, replacement: Replacement): void {
  const { reading, written, named, span } = replacement;
  const { inner } = named;
  const { relation } = reading.access;
  delete inner.catalogname;
  if (written.kind !== 'view') {
    inner.schemaname = relation.schema;
    a.edits.push({ ...span.name, text: quoteQualified(relation.schema, relation.name) });
    return;
  }
  const { schema, name } = written.barrier;
  const alias = inner.alias === undefined ? ` AS ${quoteName(relation.name)}` : '';
  writeTableForm(a, span);
  a.edits.push({ ...span.whole, text: `${quoteQualified(schema, name)}${alias}` });
  inner.alias ??= { aliasname: relation.name };
  Object.assign(inner, { schemaname: schema, relname: name, inh: true });
}

/** A view cannot be sampled. A row filter refuses it too: samples of unseen rows would count them. */
function sampled(
  a: Analysis,
  { access, written }: Read,
  sample: Inner<'RangeTableSample'>,
): Written {
  const filtered = access.kind === 'guarded' && access.filter !== null;
  if (!filtered && written.kind !== 'view') return written;
  if (!filtered && a.session.mode === 'splice') return { kind: 'subquery', fence: true };
  throw refusal('0A000', 'TABLESAMPLE is not supported on a relation read through a view', {
    hint: 'use ORDER BY random() LIMIT n',
    offset: sample.location,
  });
}

function writeSubquery(a: Analysis, replacement: Replacement, names: ReadonlySet<string>): void {
  const { reading, written, named, span } = replacement;
  const { inner, node } = named;
  const fence = written.kind === 'subquery' && written.fence;
  const sample = named.sample === null ? '' : ` ${sampleText(a.bytes, span)}`;
  const text = selectText(reading, a.compiler, { names, sample, fence });
  const name = reading.access.relation.name;
  const alias = inner.alias === undefined ? ` AS ${quoteName(name)}` : '';
  writeTableForm(a, span);
  a.edits.push({ ...span.whole, text: `(${text})${alias}` });
  if (span.sample !== null) a.edits.push({ ...span.sample, text: '' });
  const item = parseFromItem(`(${text}) AS ${quoteName(name)}`);
  if (!('RangeSubselect' in item)) throw refusal('XX000', 'substitution expected a subquery');
  const aliased = inner.alias ?? { aliasname: name };
  replaceNode(node, { RangeSubselect: { ...item.RangeSubselect, alias: aliased } });
}

/** TABLE t takes only a name, so it becomes what it means: SELECT * FROM t. */
function writeTableForm(a: Analysis, span: RelationSpan): void {
  if (span.table !== null) a.edits.push({ ...span.table, text: 'SELECT * FROM' });
}
