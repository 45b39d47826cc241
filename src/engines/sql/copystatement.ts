import type { Analysis } from './analysis.ts';
import type { CopyFormat } from './plan.ts';
import { refusal } from './refusal.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { OUTERMOST } from './walked.ts';
import type { Walked } from './walked.ts';

/** COPY (SELECT …) TO STDOUT; a table was rewritten to that before. Never a file, a program, or into a table. */
export function copyStatement(a: Analysis, inner: Inner<'CopyStmt'>): Walked {
  refuseOthers(inner);
  const { query } = inner;
  if (query === undefined || !('SelectStmt' in query)) {
    throw refusal('25006', 'COPY expected a table or a query that reads');
  }
  const copy = copyFormat(inner.options);
  const outputs = a.query(query.SelectStmt, OUTERMOST);
  const masked = outputs.some((output) => output.value.kind === 'stream');
  if (masked && copy.format === 'binary') {
    throw refusal('0A000', 'binary COPY of masked columns is not supported', {
      hint: 'use FORMAT text or csv',
    });
  }
  if (masked && copy.format === 'text' && copy.null !== DEFAULTS.text.null) {
    throw refusal('42501', 'COPY of masked columns expected the NULL marker `\\N`', {
      hint: 'a marker that is a value would tell which rows hold it: leave NULL out, or use FORMAT csv',
    });
  }
  return { action: { kind: 'copy-out', copy }, answer: 'upstream', outputs };
}

/** Throws for COPY of any other direction than to the client. */
export function refuseOthers(inner: Inner<'CopyStmt'>): void {
  if (inner.is_program === true || inner.filename !== undefined) {
    throw refusal('42501', 'COPY to or from a file or program is refused', {
      hint: 'use COPY … TO STDOUT, or \\copy in psql',
    });
  }
  if (inner.is_from !== true) return;
  throw refusal('25006', 'COPY … FROM is refused: the gateway is read-only by default', {
    hint: 'the setting `gateway.writes` of the gateway says who may write',
  });
}

const DEFAULTS = {
  text: { delimiter: '\t', null: '\\N' },
  csv: { delimiter: ',', null: '' },
  binary: { delimiter: '', null: '' },
} as const;

function copyFormat(options: readonly Node[] | undefined): CopyFormat {
  const given = new Map((options ?? []).map(optionOf));
  const format = formatOf(given.get('format'));
  const quote = oneByte(given, 'quote', '"');
  for (const name of given.keys()) {
    if (!KNOWN.has(name)) throw refusal('0A000', `COPY option \`${name}\` is not supported`);
  }
  const encoding = textOf(given.get('encoding'));
  if (encoding !== null && !/^utf-?8$/iu.test(encoding)) {
    throw refusal('22023', 'COPY expected encoding UTF8');
  }
  return {
    format,
    delimiter: oneByte(given, 'delimiter', DEFAULTS[format].delimiter),
    null: textOf(given.get('null')) ?? DEFAULTS[format].null,
    header: flagOf(given, 'header'),
    quote,
    escape: oneByte(given, 'escape', quote),
    forceQuote: forced(given.get('force_quote')),
  };
}

const KNOWN = new Set([
  'format',
  'delimiter',
  'null',
  'header',
  'quote',
  'escape',
  'force_quote',
  'encoding',
]);

function optionOf(node: Node): [string, Node | undefined] {
  if (!('DefElem' in node)) throw refusal('0A000', 'COPY expected options');
  return [node.DefElem.defname ?? '', node.DefElem.arg];
}

function textOf(node: Node | undefined): string | null {
  return node !== undefined && 'String' in node ? (node.String.sval ?? '') : null;
}

function formatOf(node: Node | undefined): CopyFormat['format'] {
  const text = textOf(node) ?? 'text';
  if (text === 'text' || text === 'csv' || text === 'binary') return text;
  throw refusal('22023', `COPY format \`${text}\` is not known`);
}

function oneByte(
  given: ReadonlyMap<string, Node | undefined>,
  name: string,
  fallback: string,
): string {
  if (!given.has(name)) return fallback;
  const text = textOf(given.get(name)) ?? '';
  const code = text.charCodeAt(0);
  if (text.length === 1 && code > 0 && code < 128) return text;
  throw refusal('22023', `COPY expected \`${name}\` to be one ASCII character`);
}

function flagOf(given: ReadonlyMap<string, Node | undefined>, name: string): boolean {
  if (!given.has(name)) return false;
  const node = given.get(name);
  if (node === undefined) return true;
  if ('Boolean' in node) return node.Boolean.boolval === true;
  if ('Integer' in node) return node.Integer.ival === 1;
  const text = textOf(node) ?? '';
  if (/^(true|on|1)$/iu.test(text)) return true;
  if (/^(false|off|0)$/iu.test(text)) return false;
  throw refusal('22023', `COPY expected \`${name}\` to be true or false`);
}

function forced(node: Node | undefined): readonly string[] {
  if (node === undefined) return [];
  if ('A_Star' in node) return ['*'];
  if (!('List' in node)) throw refusal('22023', 'COPY expected FORCE_QUOTE to list columns');
  return textsOf(node.List.items).map((name) => name ?? '');
}
