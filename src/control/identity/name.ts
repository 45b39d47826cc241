import { isId } from '#base/ids';
import { Problem } from '#base/problem';
import { NAME_MAX } from '#boundary';

/** Names are also what a client gives as user name at the gateway: PostgreSQL keeps 63 bytes (NAMEDATALEN - 1). */
const SUBJECT = /^[a-z0-9][a-z0-9._@-]{0,62}$/u;
const TEAM = /^[A-Za-z0-9][A-Za-z0-9._ -]{0,62}$/u;
const ATTRIBUTE_KEY = /^[a-z][a-z0-9_.-]{0,62}$/u;
const PLANE = /^[a-z][a-z0-9-]{0,38}$/u;
/** Free text of people: one line, no control characters; 200 characters are a long title. */
const LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;

/** The name, lower-cased, when it can be a subject's; throws `invalid`. */
export function subjectName(text: string): string {
  const name = text.toLowerCase();
  // Subjects are looked up by name or id: one named like another's id could pass for them.
  if (isId('sub', name)) throw new Problem('invalid', 'user name expected no id');
  return matching(name, SUBJECT, 'user name expected 1 to 63 of `a-z 0-9 . _ @ -`');
}

export function teamName(text: string): string {
  return matching(text, TEAM, 'group name expected 1 to 63 letters, digits, spaces or `. _ -`');
}

export function attributeKey(text: string): string {
  return matching(text, ATTRIBUTE_KEY, 'attribute expected 1 to 63 of `a-z 0-9 _ . -`');
}

export function planeName(text: string): string {
  return matching(text, PLANE, 'plane name expected 1 to 39 of `a-z 0-9 -`, a letter first');
}

/** One line of a person's own words; throws `invalid`, calling it by `label`. */
export function lineOf(text: string, label: string): string {
  return matching(text.normalize('NFC'), LINE, `${label} expected one line of 1 to 200 characters`);
}

/** One value of an attribute: a line no longer than a bundle carries; throws `invalid`. */
export function attributeValue(text: string): string {
  const value = lineOf(text, 'attribute value');
  if (Buffer.byteLength(value) <= NAME_MAX) return value;
  throw new Problem('invalid', `attribute value expected at most ${NAME_MAX} bytes`);
}

function matching(text: string, pattern: RegExp, expectation: string): string {
  if (pattern.test(text)) return text;
  throw new Problem('invalid', `${expectation}, got \`${printable(text)}\``);
}

function printable(text: string): string {
  return text.replaceAll(/\P{L}(?<![\w .@-])/gu, '?').slice(0, 64);
}
