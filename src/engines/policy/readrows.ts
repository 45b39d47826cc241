import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { ColumnReference, MatchAgainst, RowRule } from './document.ts';
import { tokens } from './template.ts';
import type { AtToken, Token } from './template.ts';
import type { Node } from './node.ts';
import { readTag } from './readtarget.ts';
import type { Fields, Reader } from './reader.ts';

const RULES = [
  'match',
  'newerThan',
  'olderThan',
  'purposes',
  'sample',
  'sql',
  'allOf',
  'anyOf',
] as const;

/** Seconds in each unit; a year is 365 days, as the format says. */
const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400, years: 31_536_000 } as const;
const UNIT_NAMES = Object.keys(UNITS) as readonly (keyof typeof UNITS)[];
/** A thousand years: anything longer is a slip. */
const AGE_SECONDS_MAX = 1_000 * UNITS.years;
/** Finer shares than a thousandth of a percent cannot be told apart by the hash. */
const SAMPLE_PERCENT_MIN = 0.001;

/** Where a row rule stands: behind `keep` it decides rows, behind `where` it limits a mask. */
export type RowPlace = 'keep' | 'where';
type Place = { readonly reader: Reader; readonly in: RowPlace };

/** Reads a row rule; `where` takes no rule that is not about the row itself. */
export function readRowRule(reader: Reader, node: Node, at: readonly [string, RowPlace]): RowRule {
  return readRule({ reader, in: at[1] }, node, at[0]);
}

function readRule(place: Place, node: Node, label: string): RowRule {
  const { reader } = place;
  if (node.kind === 'scalar' && (node.value === 'all' || node.value === 'none')) {
    if (place.in === 'where') reader.fail(node.where, `\`${label}\` expected a rule about the row`);
    return { kind: node.value };
  }
  const fields = reader.map(node, label, RULES);
  if (fields === null) return { kind: 'none' };
  const key = RULES.find((rule) => fields.has(rule));
  if (key === undefined || fields.keys().length !== 1) {
    const hint = `one of: ${RULES.join(', ')}; combine with allOf or anyOf`;
    reader.fail(node.where, `\`${label}\` expected exactly one rule`, hint);
    return { kind: 'none' };
  }
  const rule = fields.optional(key, (child, path) => readKeyed(place, key, [child, path]));
  return rule ?? { kind: 'none' };
}

function readKeyed(
  place: Place,
  key: (typeof RULES)[number],
  [node, label]: readonly [Node, string],
): RowRule {
  const { reader } = place;
  switch (key) {
    case 'match':
      return readMatch(reader, node, label);
    case 'newerThan':
      return readAge(reader, node, [label, 'newer']);
    case 'olderThan':
      return readAge(reader, node, [label, 'older']);
    case 'purposes':
      if (place.in === 'where') {
        reader.fail(node.where, `\`${label}\` expected a rule about the row`, 'use `for` instead');
      }
      return { kind: 'purposes', purposes: reader.names(node, label, 'purpose') };
    case 'sample':
      return readSample(reader, node, label);
    case 'sql':
      return { kind: 'sql', sql: readSql(reader, node, [label, 'predicate']) };
    case 'allOf':
    case 'anyOf': {
      const rules = reader.list(node, label).map((item) => readRule(place, item, label));
      return { kind: key === 'allOf' ? 'all-of' : 'any-of', rules };
    }
    default:
      return unreachable(key);
  }
}

function readMatch(reader: Reader, node: Node, label: string): RowRule {
  const keys = ['column', 'columnTag', 'attribute', 'groups', 'user'];
  const fields = reader.map(node, label, keys);
  if (fields === null) return { kind: 'none' };
  const column = readColumn(reader, fields, label);
  return { kind: 'match', column, against: readAgainst(reader, fields, label) };
}

function readAgainst(reader: Reader, fields: Fields, label: string): MatchAgainst {
  const given = ['attribute', 'groups', 'user'].filter((key) => fields.has(key));
  if (given.length !== 1) {
    const expected = 'exactly one of `attribute`, `groups`, `user`';
    reader.fail(fields.where, `\`${label}\` expected ${expected}`);
  }
  for (const key of ['groups', 'user'] as const) {
    if (!fields.has(key)) continue;
    const value = fields.optional(key, (node, path) => reader.boolean(node, path));
    if (value === false) reader.fail(fields.where, `\`${label}.${key}\` expected true`);
    return { kind: key };
  }
  const name = fields.optional('attribute', (node, path) => {
    const attribute = reader.word(node, path);
    reader.mention('attribute', attribute, node.where);
    return attribute;
  });
  return { kind: 'attribute', name: name ?? '' };
}

function readColumn(reader: Reader, fields: Fields, label: string): ColumnReference {
  if (fields.has('column') === fields.has('columnTag')) {
    reader.fail(fields.where, `\`${label}\` expected either \`column\` or \`columnTag\``);
  }
  const tag = fields.optional('columnTag', (node, path) => readTag(reader, node, path));
  if (tag !== null) return { kind: 'tag', tag };
  const column = fields.optional('column', (node, path) => reader.word(node, path));
  return { kind: 'column', column: column ?? '' };
}

function readAge(
  reader: Reader,
  node: Node,
  [label, side]: readonly [string, 'newer' | 'older'],
): RowRule {
  const fields = reader.map(node, label, ['column', 'columnTag', ...UNIT_NAMES]);
  if (fields === null) return { kind: 'none' };
  const given = UNIT_NAMES.filter((unit) => fields.has(unit));
  const [unit] = given;
  if (unit === undefined || given.length !== 1) {
    reader.fail(node.where, `\`${label}\` expected exactly one of ${UNIT_NAMES.join(', ')}`);
    return { kind: 'none' };
  }
  const max = AGE_SECONDS_MAX / UNITS[unit];
  const count = fields.optional(unit, (child, path) =>
    reader.whole(child, path, { min: 1, max: Math.floor(max) }),
  );
  const seconds = (count ?? 1) * UNITS[unit];
  return { kind: 'age', column: readColumn(reader, fields, label), side, seconds };
}

function readSample(reader: Reader, node: Node, label: string): RowRule {
  const fields = reader.map(node, label, ['column', 'columnTag', 'percent']);
  if (fields === null) return { kind: 'none' };
  const percent = fields.required('percent', (child, path) =>
    reader.number(child, path, { min: SAMPLE_PERCENT_MIN, max: 100 }),
  );
  const column = readColumn(reader, fields, label);
  return { kind: 'sample', column, percent: percent ?? SAMPLE_PERCENT_MIN };
}

/** Reads SQL text and its `@` names; the SQL itself is read elsewhere, by PostgreSQL's parser. */
export function readSql(
  reader: Reader,
  node: Node,
  [label, kind]: readonly [string, 'predicate' | 'expression'],
): string {
  const sql = reader.word(node, label);
  if (sql.trim() === '') return sql;
  try {
    for (const token of tokens(sql)) mentionToken(reader, node, { token, kind });
    reader.fragments.push({ kind, sql, where: node.where });
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    reader.fail(node.where, `\`${label}\`: ${thrown.message}`, thrown.hint);
  }
  return sql;
}

type Seen = { readonly token: Token; readonly kind: 'predicate' | 'expression' };

function mentionToken(reader: Reader, node: Node, { token, kind }: Seen): void {
  if (token.kind === 'value' && kind === 'predicate') {
    throw new Problem('invalid', 'sql knows `@value` only in a mask of kind `sql`');
  }
  const what = mentionOf(token);
  if (what !== null) reader.mention(what[0], what[1], node.where);
}

function mentionOf(token: Token | AtToken): ['attribute' | 'tag', string] | null {
  if (token.kind === 'attr') return ['attribute', token.name];
  return token.kind === 'columnTagged' ? ['tag', token.tag] : null;
}
