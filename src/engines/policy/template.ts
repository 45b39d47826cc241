import { Problem } from '#base/problem';
import { hintFor } from './suggest.ts';

/** One piece of a policy's SQL: text as written (comments gone), or an `@` name. */
export type Token = { readonly kind: 'text'; readonly text: string } | AtToken;
export type AtToken =
  | { readonly kind: 'user' | 'groups' | 'purpose' | 'value' }
  | { readonly kind: 'attr'; readonly name: string }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'columnTagged'; readonly tag: string };

const PLAIN = ['user', 'groups', 'purpose', 'value'] as const;
const WITH_ARGUMENT = ['attr', 'column', 'columnTagged'] as const;
/** Characters of operators (PostgreSQL 4.1.3): an `@` after one belongs to the operator. */
const OPERATOR = /[+\-*/<>=~!@#%^&|`?]/u;
const ARGUMENT = /^\(\s*'((?:[^'\\]|'')*)'\s*\)/u;
const DOLLAR_TAG = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/u;
const WORD = /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/u;
const NUMBER = /^[0-9](?:[\w.]|\$(?!\$))*/u;

type Scan = { readonly sql: string; at: number; text: string; readonly tokens: Token[] };

/**
 * The pieces of a predicate or expression. Quotes, dollar quotes and comments are skipped as PostgreSQL's scanner does
 * (PostgreSQL 4.1), so nothing inside them is replaced. Throws `invalid` for unknown `@` names and unfinished quotes.
 */
export function tokens(sql: string): readonly Token[] {
  if (sql.includes('\0')) throw new Problem('invalid', 'sql expected no zero character');
  const scan: Scan = { sql, at: 0, text: '', tokens: [] };
  while (scan.at < sql.length) step(scan);
  flush(scan);
  return scan.tokens;
}

function step(scan: Scan): void {
  const { sql, at } = scan;
  const rest = sql.slice(at, at + 2);
  if (rest === '--') return skipLineComment(scan);
  if (rest === '/*') return skipBlockComment(scan);
  const character = sql[at] ?? '';
  if (character === "'") return take(scan, endOfQuote(scan, at, { quote: "'", escapes: 'none' }));
  if (character === '"') return take(scan, endOfQuote(scan, at, { quote: '"', escapes: 'none' }));
  if (character === '$') return takeDollar(scan);
  if (character === '@') return takeAt(scan);
  if (OPERATOR.test(character)) return take(scan, endOfOperator(sql, at));
  takeWordOrCharacter(scan);
}

/** `E'…'` takes backslash escapes; other words and numbers are taken whole so that `$` and quotes in them do not mislead. */
function takeWordOrCharacter(scan: Scan): void {
  const { sql, at } = scan;
  const rest = sql.slice(at, at + 1_000);
  const word = WORD.exec(rest)?.[0] ?? NUMBER.exec(rest)?.[0];
  if (word === undefined) return take(scan, at + 1);
  const end = at + word.length;
  if (sql[end] === "'" && word.toLowerCase() === 'e') {
    return take(scan, endOfQuote(scan, end, { quote: "'", escapes: 'backslash' }));
  }
  take(scan, end);
}

function take(scan: Scan, end: number): void {
  scan.text += scan.sql.slice(scan.at, end);
  scan.at = end;
}

function flush(scan: Scan): void {
  if (scan.text !== '') scan.tokens.push({ kind: 'text', text: scan.text });
  scan.text = '';
}

function endOfQuote(
  scan: Scan,
  start: number,
  style: { readonly quote: string; readonly escapes: 'none' | 'backslash' },
): number {
  for (let at = start + 1; at < scan.sql.length; at++) {
    if (scan.sql[at] === '\\' && style.escapes === 'backslash') at++;
    else if (scan.sql[at] === style.quote) {
      if (scan.sql[at + 1] !== style.quote) return at + 1;
      at++;
    }
  }
  throw new Problem('invalid', `sql expected a closing ${style.quote}, got the end`);
}

function takeDollar(scan: Scan): void {
  const tag = DOLLAR_TAG.exec(scan.sql.slice(scan.at, scan.at + 100))?.[0];
  if (tag === undefined) throw new Problem('invalid', 'sql expected no `$` outside quotes');
  const end = scan.sql.indexOf(tag, scan.at + tag.length);
  if (end < 0) throw new Problem('invalid', `sql expected a closing \`${tag}\`, got the end`);
  take(scan, end + tag.length);
}

/** Comments become a space: kept, a `--` could swallow what a door writes behind the predicate. */
function skipLineComment(scan: Scan): void {
  const end = /[\n\r]/u.exec(scan.sql.slice(scan.at))?.index;
  scan.at = end === undefined ? scan.sql.length : scan.at + end;
  scan.text += ' ';
}

function skipBlockComment(scan: Scan): void {
  let depth = 0;
  for (let at = scan.at; at < scan.sql.length; at++) {
    const pair = scan.sql.slice(at, at + 2);
    if (pair === '/*') depth++;
    else if (pair === '*/') depth--;
    else continue;
    at++;
    if (depth > 0) continue;
    scan.at = at + 1;
    scan.text += ' ';
    return;
  }
  throw new Problem('invalid', 'sql expected a closing `*/`, got the end');
}

/** An operator ends before a comment begins, as in PostgreSQL's scanner. */
function endOfOperator(sql: string, start: number): number {
  let end = start;
  while (end < sql.length && OPERATOR.test(sql[end] ?? '')) {
    const pair = sql.slice(end, end + 2);
    if (end > start && (pair === '--' || pair === '/*')) break;
    end++;
  }
  return end;
}

function takeAt(scan: Scan): void {
  const { sql, at } = scan;
  const name = WORD.exec(sql.slice(at + 1, at + 100))?.[0];
  if (name === undefined) return take(scan, endOfOperator(sql, at));
  // Spaces keep a bound value from fusing with its neighbours, as in `E@user`.
  scan.text += ' ';
  flush(scan);
  scan.text = ' ';
  const after = at + 1 + name.length;
  const plain = PLAIN.find((known) => known === name);
  if (plain !== undefined) {
    scan.tokens.push({ kind: plain });
    scan.at = after;
    return;
  }
  const known = WITH_ARGUMENT.find((candidate) => candidate === name);
  if (known === undefined) {
    const hint = hintFor(name, [...PLAIN, ...WITH_ARGUMENT], `known: ${knownNames()}`);
    throw new Problem('invalid', `sql does not know \`@${name}\``, { hint });
  }
  const argument = ARGUMENT.exec(sql.slice(after, after + 300));
  if (argument?.[1] === undefined || argument[1] === '') {
    throw new Problem('invalid', `sql expected \`@${name}('…')\``);
  }
  scan.tokens.push(argumentToken(known, argument[1].replaceAll("''", "'")));
  scan.at = after + argument[0].length;
}

function argumentToken(kind: (typeof WITH_ARGUMENT)[number], argument: string): AtToken {
  if (kind === 'columnTagged') return { kind, tag: argument };
  return { kind, name: argument };
}

function knownNames(): string {
  return [...PLAIN.map((name) => `@${name}`), ...WITH_ARGUMENT.map((name) => `@${name}('…')`)].join(
    ', ',
  );
}
