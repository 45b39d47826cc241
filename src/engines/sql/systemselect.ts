import type { Analysis } from './analysis.ts';
import { informationView } from './information.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { openFilter, systemRule } from './systemrule.ts';
import { systemColumns } from './systemshape.ts';
import { visibleOf } from './visible.ts';
import type { Visible } from './visible.ts';

export type SystemName = { readonly schema: string; readonly name: string };

/** The SELECT that shows these columns of a system catalog, with the rows the subject may know of. */
export function systemSelect(
  a: Analysis,
  { schema, name }: SystemName,
  columns: readonly string[],
): string {
  if (schema === 'information_schema') return informationSelect(a, name, columns);
  return catalogSelect(a, name, columns);
}

function catalogSelect(a: Analysis, name: string, columns: readonly string[]): string {
  const rule = systemRule(name);
  const from = `FROM ${quoteQualified('pg_catalog', name)} AS k`;
  if (a.unrestricted() && !rule.always) {
    const filter = openFilter(name);
    return `SELECT ${listOf(columns, {}, null)}${from}${filter === null ? '' : ` WHERE ${filter}`}`;
  }
  const visible = visibleOf(a);
  const where = rule.where === null ? 'false' : rule.where(visible);
  return `SELECT ${listOf(columns, rule.columns, visible)}${from} WHERE ${where}`;
}

type Changed = Readonly<Record<string, string | ((v: Visible) => string)>>;

function listOf(columns: readonly string[], changed: Changed, visible: Visible | null): string {
  const list = columns.map((column) => {
    const change = changed[column];
    if (change === undefined || visible === null) return `k.${quoteName(column)}`;
    const text = typeof change === 'string' ? change : change(visible);
    return `${text} AS ${quoteName(column)}`;
  });
  return list.length === 0 ? '' : `${list.join(', ')} `;
}

function informationSelect(a: Analysis, name: string, columns: readonly string[]): string {
  const view = informationView(name);
  if (view === 'facts' || view === null) {
    const from = `FROM ${quoteQualified('information_schema', name)} AS k`;
    return `SELECT ${listOf(columns, {}, null)}${from}${view === null ? ' WHERE false' : ''}`;
  }
  const fill = (text: string): string => filled(a, text);
  const list = columns.map((column) => {
    const expression = view.columns[column];
    return `${expression === undefined ? 'NULL::pg_catalog.text' : fill(expression)} AS ${quoteName(column)}`;
  });
  return `SELECT ${list.join(', ')}${list.length === 0 ? '' : ' '}FROM ${fill(view.from)}`;
}

/** Puts filtered catalogs, the subject and the database where a view of information_schema names them. */
function filled(a: Analysis, text: string): string {
  const visible = visibleOf(a);
  return text.replaceAll(/\{(\w+)\}/gu, (_, name: string) => {
    if (name === 'db') return visible.database;
    if (name === 'subject') return visible.subject;
    const shape = systemColumns('pg_catalog', name, a.index.catalog.serverVersion) ?? [];
    return `(${catalogSelect(
      a,
      name,
      shape.map((column) => column.name),
    )})`;
  });
}
