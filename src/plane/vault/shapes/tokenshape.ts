import { cardToken } from './cardtoken.ts';
import { numberBelow } from './entropy.ts';
import type { Draw, Entropy } from './entropy.ts';
import { compiled } from '../schema/pattern.ts';
import { patternTree } from './patternreader.ts';
import { countOf, textAt } from './patterntree.ts';
import type { PatternTree } from './patterntree.ts';
import { uuidText } from '../schema/place.ts';
import { sameShapeToken } from './sameshape.ts';
import type { ColumnSchema, TokenPolicy, TokenShape } from '../schema/schema.ts';

/** A shape with fewer tokens runs out, and each one is too easily guessed. */
const TOKENS_MIN = 1_000_000n;
/** Letters and digits, 79 bits' worth, before the `@`. */
const EMAIL_LOCAL_CHARACTERS = 16;
const EMAIL_FIRST = 'abcdefghjkmnpqrs';
const EMAIL_REST = '0123456789abcdefghjkmnpqrstvwxyz';

/** Throws through `refuse` for a token policy the column cannot have. */
export function checkShape(
  column: ColumnSchema,
  token: TokenPolicy,
  refuse: (why: string, hint?: string) => never,
): void {
  const { shape } = token;
  if (token.ttlSeconds !== null && token.deterministic) {
    refuse('has a token that is both deterministic and transient');
  }
  if (shape.kind === 'uuid') return;
  if (shape.kind !== 'pattern') {
    if (column.type !== 'string' || column.isArray)
      refuse(`with \`${shape.kind}\` tokens expected type \`string\``);
    return;
  }
  const tree = treeOf(shape.pattern);
  if (countOf(tree) < TOKENS_MIN) {
    refuse('has a token pattern with fewer than a million texts', 'make it longer');
  }
  const pattern = compiled(shape.pattern);
  const samples = [0n, countOf(tree) / 2n, countOf(tree) - 1n].map((number) =>
    textAt(tree, number),
  );
  if (!samples.every((sample) => pattern.matches(sample)))
    refuse('has a token pattern that cannot be drawn from');
}

/** A token of the shape; throws `invalid` when the value is none the shape can stand for. */
export function drawToken(shape: TokenShape, draw: Draw): string {
  switch (shape.kind) {
    case 'uuid':
      return uuidToken(draw.entropy);
    case 'pattern': {
      const tree = treeOf(shape.pattern);
      return textAt(tree, numberBelow(draw.entropy, countOf(tree)));
    }
    case 'same-shape':
      return sameShapeToken(draw);
    case 'card':
      return cardToken(draw);
    case 'email':
      return emailToken(draw);
    default:
      return shape satisfies never;
  }
}

function uuidToken(entropy: Entropy): string {
  const bytes = entropy.bytes(16).slice();
  bytes[6] = 0x40 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return uuidText(bytes);
}

function emailToken({ text, entropy }: Draw): string {
  const at = text.lastIndexOf('@');
  const bytes = entropy.bytes(EMAIL_LOCAL_CHARACTERS);
  let local = EMAIL_FIRST.charAt((bytes[0] as number) & 15);
  for (let i = 1; i < bytes.length; i += 1) local += EMAIL_REST.charAt((bytes[i] as number) & 31);
  return at < 0 ? local : local + text.slice(at);
}

const trees = new Map<string, PatternTree>();

function treeOf(pattern: string): PatternTree {
  const tree = trees.get(pattern) ?? patternTree(pattern);
  trees.set(pattern, tree);
  return tree;
}
