import { RE2JS } from 're2js';
import { Problem } from '#base/problem';
import { cellCount, cellText, createColumnWriter } from './column.ts';
import type { TextColumn } from './column.ts';

/**
 * Replaces what a pattern matches. The pattern is RE2 syntax (linear time, no back-references); the replacement is
 * PostgreSQL's: `\1` to `\9` a group, `\&` the whole match, `\\` a backslash (PostgreSQL 9.7.3). `g` replaces every
 * match instead of the first, `i` ignores case.
 */
export type PatternMask = {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly replacement: string;
  readonly flags: '' | 'g' | 'i' | 'gi';
};

/** A piece of a replacement: text, or the number of a group. */
type Piece = string | number;

/** Longer patterns are programs, not masks; bounds what compiling can cost. */
const PATTERN_CHARACTERS_MAX = 1_000;

/** Masks what matches in each cell; throws `invalid` for a pattern or replacement that does not compile. */
export function maskPattern(column: TextColumn, spec: PatternMask): TextColumn {
  const pattern = compilePattern(spec);
  const pieces = replacementPieces(spec.replacement, pattern.groupCount());
  const everywhere = spec.flags.includes('g');
  const count = cellCount(column);
  const writer = createColumnWriter(count, column.bytes.length);
  for (let i = 0; i < count; i++) {
    const text = cellText(column, i);
    if (text === null) writer.writeNull();
    else writer.writeText(replaceMatches(text, { pattern, pieces, everywhere }));
  }
  return writer.finish();
}

function compilePattern(spec: PatternMask): RE2JS {
  if (spec.pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new Problem(
      'limit',
      `pattern too long: limit ${PATTERN_CHARACTERS_MAX}, got ${spec.pattern.length}`,
    );
  }
  try {
    return RE2JS.compile(spec.pattern, spec.flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (cause) {
    throw new Problem('invalid', `pattern expected RE2 syntax, got \`${spec.pattern}\``, {
      hint: 'look-around and back-references are not part of RE2',
      cause,
    });
  }
}

function replacementPieces(replacement: string, groups: number): Piece[] {
  const pieces: Piece[] = [];
  for (const [piece, escaped] of replacement.matchAll(/[^\\]+|\\(.?)/gsu)) {
    if (escaped === undefined) pieces.push(piece);
    else pieces.push(escapedPiece(escaped, groups));
  }
  return pieces;
}

function escapedPiece(escaped: string, groups: number): Piece {
  if (escaped === '&') return 0;
  if (escaped === '\\') return '\\';
  const group = Number(escaped);
  if (/^[1-9]$/u.test(escaped) && group <= groups) return group;
  throw new Problem(
    'invalid',
    `replacement expected \`\\1\` to \`\\${groups}\`, \`\\&\` or \`\\\\\`, got \`\\${escaped}\``,
  );
}

function replaceMatches(
  text: string,
  rule: {
    readonly pattern: RE2JS;
    readonly pieces: readonly Piece[];
    readonly everywhere: boolean;
  },
): string {
  const matcher = rule.pattern.matcher(text);
  let out = '';
  let at = 0;
  while (matcher.find()) {
    out += text.slice(at, matcher.start());
    for (const piece of rule.pieces)
      out += typeof piece === 'string' ? piece : (matcher.group(piece) ?? '');
    at = matcher.end();
    if (!rule.everywhere) break;
  }
  return out + text.slice(at);
}
