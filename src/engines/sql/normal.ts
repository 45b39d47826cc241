import type { Token } from './token.ts';

/** Longest normalised text kept: it is for people and for grouping, not for running. */
const NORMALIZED_CHARACTERS_MAX = 4_000;
const WORDS_WITH_VALUES = new Set(['set', 'execute', 'notify']);

/**
 * The text without comments and literals, made from tokens so that no literal can be left: every string and number
 * becomes `?`, lists of them one `?`. Quoted names stay only when `knows` them, because a value in double quotes is a
 * common mistake; so do bare words of statements that take values as words (SET, EXECUTE).
 */
export function normalizedText(
  tokens: readonly Token[],
  bytes: Uint8Array,
  knows: (name: string) => boolean,
): string {
  const valued = WORDS_WITH_VALUES.has(tokens[0]?.text ?? '');
  const parts = tokens.map((token, i) => {
    if (token.kind === 'string' || token.kind === 'number') return '?';
    if (token.kind === 'quoted') return quotedPart(token, bytes, knows);
    if (token.kind === 'parameter') return `$${token.text}`;
    if (token.kind === 'word') return valued && i > 1 && !isKept(token, knows) ? '?' : token.text;
    return textOf(token, bytes);
  });
  return collapsed(parts).slice(0, NORMALIZED_CHARACTERS_MAX);
}

const SETTING_WORDS = new Set([
  'to',
  'local',
  'session',
  'time',
  'zone',
  'transaction',
  'privet',
  'default',
]);

function isKept(token: Token, knows: (name: string) => boolean): boolean {
  return SETTING_WORDS.has(token.text) || knows(token.text);
}

function quotedPart(token: Token, bytes: Uint8Array, knows: (name: string) => boolean): string {
  const text = textOf(token, bytes);
  return text.startsWith('"') && knows(text.slice(1, -1).replaceAll('""', '"')) ? text : '"?"';
}

function textOf(token: Token, bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(token.start, token.end)).toString('utf8');
}

/** Spaces between parts, none around dots and before commas; `?, ?, ?` is `?` so that list lengths do not matter. */
function collapsed(parts: readonly string[]): string {
  const out: string[] = [];
  for (const part of parts) {
    if (part === '?' && out.at(-1) === ',' && out.at(-2) === '?') out.pop();
    else out.push(part);
  }
  return out
    .join(' ')
    .replaceAll(/ ?\. ?/gu, '.')
    .replaceAll(/ ([,;)\]])/gu, '$1')
    .replaceAll(/([([]) /gu, '$1');
}

/** Hex digits of a fingerprint: it groups statements and need not withstand attack. */
const FINGERPRINT_DIGITS = 16;

/** Equal normalised text, equal fingerprint. */
export function fingerprintOf(normalized: string, sha256: (text: string) => string): string {
  return sha256(normalized).slice(0, FINGERPRINT_DIGITS);
}
