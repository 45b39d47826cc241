import { unreachable } from '#base/assert';
import type { Alphabet, MaskText } from './document.ts';
import type { Node } from './node.ts';
import { readSql } from './readrows.ts';
import type { Fields, Reader } from './reader.ts';

/** Keys each mask takes beside `kind`. */
const MASK_KEYS = {
  clear: [],
  hidden: [],
  null: [],
  constant: ['value'],
  partial: ['keepFirst', 'keepLast', 'fill'],
  regex: ['pattern', 'replacement', 'flags'],
  round: ['bucket', 'unit'],
  hash: [],
  reversible: [],
  'format-preserving': ['alphabet', 'separators'],
  sql: ['expression'],
} as const satisfies Record<MaskText['kind'], readonly string[]>;
export const MASK_KINDS = Object.keys(MASK_KEYS) as readonly MaskText['kind'][];

const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour'] as const;
const ALPHABETS = ['digits', 'lower', 'alphanumeric'] as const;
const FLAGS = ['', 'g', 'i', 'gi'] as const;
/** Characters shown of a value: more is not a mask. */
const KEEP_MAX = 64;
const BUCKET_MAX = 1e15;
/** FF1 takes any radix from 2 to 2^16 (SP 800-38G §5.1); an alphabet a person lists is far smaller. */
const ALPHABET_SIZE = { min: 2, max: 256 };
const SEPARATORS_MAX = 32;

/** Reads what stands behind `with`: one word, or a mapping with `kind` and parameters. */
export function readMask(reader: Reader, node: Node, label: string): MaskText {
  if (node.kind === 'scalar') return readNamed(reader, node, label);
  if (node.kind !== 'map') {
    reader.fail(node.where, `\`${label}\` expected a mask, got a list`);
    return { kind: 'null' };
  }
  const entry = node.entries.get('kind');
  if (entry === undefined) {
    reader.fail(node.where, `\`${label}\` expected the key \`kind\`, got none`);
    return { kind: 'null' };
  }
  const before = reader.problems.length;
  const kind = reader.choice(entry.value, `${label}.kind`, MASK_KINDS);
  if (reader.problems.length > before) return { kind: 'null' };
  const fields = reader.map(node, label, ['kind', ...MASK_KEYS[kind]]);
  return fields === null ? { kind: 'null' } : readParameters(reader, kind, [fields, label]);
}

function readNamed(reader: Reader, node: Node, label: string): MaskText {
  const kind = reader.choice(node, label, MASK_KINDS);
  switch (kind) {
    case 'clear':
    case 'hidden':
    case 'null':
    case 'hash':
    case 'reversible':
      return { kind };
    case 'constant':
    case 'partial':
    case 'regex':
    case 'round':
    case 'format-preserving':
    case 'sql': {
      const hint = `write \`{ kind: ${kind}, … }\` with ${MASK_KEYS[kind].join(', ')}`;
      reader.fail(node.where, `\`${label}\` expected parameters for \`${kind}\``, hint);
      return { kind: 'null' };
    }
    default:
      return unreachable(kind);
  }
}

function readParameters(
  reader: Reader,
  kind: MaskText['kind'],
  [fields, label]: readonly [Fields, string],
): MaskText {
  switch (kind) {
    case 'constant':
      return { kind, value: fields.required('value', (n, p) => readConstant(reader, n, p)) ?? '' };
    case 'partial':
      return readPartial(reader, fields);
    case 'regex':
      return readRegex(reader, fields);
    case 'round':
      return readRound(reader, fields, label);
    case 'format-preserving':
      return readFormatPreserving(reader, fields);
    case 'sql': {
      const read = (n: Node, p: string) => readSql(reader, n, [p, 'expression']);
      return { kind, expression: fields.required('expression', read) ?? '' };
    }
    case 'clear':
    case 'hidden':
    case 'null':
    case 'hash':
    case 'reversible':
      return { kind };
    default:
      return unreachable(kind);
  }
}

function readConstant(reader: Reader, node: Node, label: string): string {
  const value = node.kind === 'scalar' ? node.value : null;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return reader.text(node, label);
}

function readPartial(reader: Reader, fields: Fields): MaskText {
  const keep = (key: string) =>
    fields.optional(key, (n, p) => reader.whole(n, p, { min: 0, max: KEEP_MAX })) ?? 0;
  const fill = fields.optional('fill', (node, label) => {
    const text = reader.text(node, label);
    if (Array.from(text).length !== 1)
      reader.fail(node.where, `\`${label}\` expected one character`);
    return text;
  });
  return {
    kind: 'partial',
    keepFirst: keep('keepFirst'),
    keepLast: keep('keepLast'),
    fill: fill ?? '*',
  };
}

function readRegex(reader: Reader, fields: Fields): MaskText {
  const pattern = fields.required('pattern', (n, p) => reader.word(n, p)) ?? '';
  const replacement = fields.required('replacement', (n, p) => reader.text(n, p)) ?? '';
  const flags = fields.optional('flags', (n, p) => reader.choice(n, p, FLAGS)) ?? 'g';
  return { kind: 'regex', pattern, replacement, flags };
}

function readRound(reader: Reader, fields: Fields, label: string): MaskText {
  if (fields.has('bucket') === fields.has('unit')) {
    reader.fail(fields.where, `\`${label}\` expected either \`bucket\` or \`unit\``);
  }
  const unit = fields.optional('unit', (n, p) => reader.choice(n, p, UNITS));
  if (unit !== null) return { kind: 'round', unit };
  const range = { min: 1e-9, max: BUCKET_MAX };
  const bucket = fields.optional('bucket', (n, p) => reader.number(n, p, range));
  return { kind: 'round', bucket: bucket ?? 1 };
}

function readFormatPreserving(reader: Reader, fields: Fields): MaskText {
  const alphabet = fields.required('alphabet', (n, p) => readAlphabet(reader, n, p)) ?? 'digits';
  const separators = fields.text('separators');
  if (separators.length > SEPARATORS_MAX) {
    reader.fail(fields.where, `\`separators\` expected at most ${SEPARATORS_MAX} characters`);
  }
  if (Array.from(separators).some((character) => charactersOf(alphabet).includes(character))) {
    reader.fail(fields.where, '`separators` expected none of the characters of `alphabet`');
  }
  return { kind: 'format-preserving', alphabet, separators };
}

function readAlphabet(reader: Reader, node: Node, label: string): Alphabet {
  if (node.kind === 'scalar') return reader.choice(node, label, ALPHABETS);
  const fields = reader.map(node, label, ['custom']);
  const custom = fields?.required('custom', (n, p) => reader.word(n, p)) ?? '';
  const characters = Array.from(custom);
  const { min, max } = ALPHABET_SIZE;
  if (characters.length < min || characters.length > max) {
    reader.fail(node.where, `\`${label}\` expected ${min} to ${max} characters`);
  }
  if (new Set(characters).size !== characters.length) {
    reader.fail(node.where, `\`${label}\` expected every character once`);
  }
  return { custom };
}

/** The characters of an alphabet, in the order that makes them digits. */
function charactersOf(alphabet: Alphabet): readonly string[] {
  if (typeof alphabet !== 'string') return Array.from(alphabet.custom);
  const digits = Array.from('0123456789');
  const lower = Array.from('abcdefghijklmnopqrstuvwxyz');
  if (alphabet === 'digits') return digits;
  if (alphabet === 'lower') return lower;
  return [...digits, ...lower, ...lower.map((letter) => letter.toUpperCase())];
}
