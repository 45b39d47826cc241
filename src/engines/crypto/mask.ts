import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { assertColumn } from './column.ts';
import type { TextColumn } from './column.ts';
import { maskConstant, maskNull } from './constant.ts';
import { maskHash } from './digest.ts';
import { maskFormatPreserving, unmaskFormatPreserving } from './formatted.ts';
import type { FormatMask } from './formatted.ts';
import type { MaskKey } from './key.ts';
import { maskPartial } from './partial.ts';
import type { PartialMask } from './partial.ts';
import { maskPattern } from './pattern.ts';
import type { PatternMask } from './pattern.ts';
import { maskReversible, reversibleVersion, unmaskReversible } from './reversible.ts';
import { maskRound } from './round.ts';
import type { RoundMask } from './round.ts';

/** Masks that need no key. */
export type PlainMask =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly value: string }
  | PartialMask
  | PatternMask
  | RoundMask;

/** Masks that need the key their policy refers to. */
export type KeyedMask = { readonly kind: 'hash' } | { readonly kind: 'reversible' } | FormatMask;

/** What to show instead of the values of a column. A policy's mask with a `kind` of these fits as it is. */
export type ColumnMask = PlainMask | KeyedMask;

/**
 * The column that is shown instead of `column`. Keyed masks need a key, the others take null. NULL stays NULL, except
 * under `constant`, which shows the constant in every cell. Throws `invalid` for a mask that makes no sense, `denied`
 * without a needed key, `expired` with a destroyed one.
 */
export function maskColumn(column: TextColumn, spec: ColumnMask, key: MaskKey | null): TextColumn {
  assertColumn(column);
  switch (spec.kind) {
    case 'null':
      return maskNull(column);
    case 'constant':
      return maskConstant(column, spec.value);
    case 'partial':
      return maskPartial(column, spec);
    case 'regex':
      return maskPattern(column, spec);
    case 'round':
      return maskRound(column, spec);
    case 'hash':
      return maskHash(column, needed(key));
    case 'reversible':
      return maskReversible(column, needed(key));
    case 'format-preserving':
      return maskFormatPreserving(column, spec, needed(key));
    default:
      return unreachable(spec);
  }
}

/** Finds the key of a version; null asks for the one in force (format-preserving values do not name theirs). */
export type KeyOf = (version: number | null) => MaskKey;

/** The key version a masked value names, or null when its mask names none; throws `invalid` when it is not of that mask. */
export function versionOf(text: string, spec: KeyedMask): number | null {
  return spec.kind === 'reversible' ? reversibleVersion(text) : null;
}

/**
 * The value behind a masked one. Throws `unsupported` for masks that cannot be undone, `invalid` for a text that is not
 * of that mask, `corrupt` for one that was altered or masked under another key.
 */
export function unmaskText(text: string, spec: ColumnMask, keyOf: KeyOf): string {
  if (spec.kind === 'reversible') return unmaskReversible(text, keyOf(reversibleVersion(text)));
  if (spec.kind === 'format-preserving') return unmaskFormatPreserving(text, spec, keyOf(null));
  throw new Problem(
    'unsupported',
    `mask expected \`reversible\` or \`format-preserving\`, got \`${spec.kind}\``,
    {
      hint: 'other masks cannot be undone',
    },
  );
}

function needed(key: MaskKey | null): MaskKey {
  if (key === null) throw new Problem('denied', 'this mask expected a key, got none');
  return key;
}
