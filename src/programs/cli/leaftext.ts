import { printable } from './style.ts';
import type { Style } from './style.ts';

/** Names of people and sources by their ids. */
export type Names = ReadonlyMap<string, string>;

type Shown = {
  readonly index: number;
  readonly leaf: {
    readonly kind: string;
    readonly time: number;
    readonly [field: string]: unknown;
  };
};

/** Said elsewhere in the line, or of no use to eyes. */
const QUIET = new Set([
  'v',
  'kind',
  'time',
  'plane',
  'actor',
  'session',
  'bundleSerial',
  'normalized',
  'fingerprint',
]);
const REFUSALS = /refused|missing|stale|dropped/u;

/** A leaf as one line: place, time, kind, who, and its other fields; the statement without literals below a query. */
export function leafText(
  stored: Shown,
  words: { readonly names: Names; readonly style: Style },
): string {
  const { leaf, index } = stored;
  const { style, names } = words;
  const time = new Date(leaf.time).toISOString().slice(0, 19).replace('T', ' ');
  const kind = REFUSALS.test(leaf.kind) ? style.red(leaf.kind) : style.bold(leaf.kind);
  const fields = Object.entries(leaf)
    .filter(([name, value]) => !QUIET.has(name) && value !== null)
    .map(([name, value]) => `${style.dim(`${name}=`)}${valueText(name, value, names)}`);
  const head = [style.dim(`#${index}`), time, kind, actorText(leaf['actor'], names), ...fields];
  const statement = leaf['normalized'];
  const below = typeof statement === 'string' ? `    ${style.dim(printable(statement))}\n` : '';
  return `${head.join(' ')}\n${below}`;
}

function actorText(actor: unknown, names: Names): string {
  const { kind, id } = fieldsOf(actor);
  if (typeof id === 'string') return printable(names.get(id) ?? id);
  return typeof kind === 'string' ? kind : '?';
}

function valueText(name: string, value: unknown, names: Names): string {
  if (typeof value === 'string') return printable(names.get(value) ?? value);
  if (name === 'sources' && Array.isArray(value)) return sourcesText(value, names);
  const { name: named } = fieldsOf(value);
  if (typeof named === 'string') return printable(named);
  return printable(JSON.stringify(value) ?? '');
}

/** Each source with how many of its columns were masked. */
function sourcesText(sources: readonly unknown[], names: Names): string {
  return sources
    .map((one) => {
      const { source, columns } = fieldsOf(one);
      const id = typeof one === 'string' ? one : String(source);
      const masked = Array.isArray(columns)
        ? columns.filter((column) => fieldsOf(column)['show'] === 'mask').length
        : 0;
      return `${printable(names.get(id) ?? id)}${masked === 0 ? '' : ` (${masked} masked)`}`;
    })
    .join(',');
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
