/** What a token is, as far as splicing, limits and normalising need to know (PostgreSQL manual, 4.1 Lexical Structure). */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'operator' | 'mark';

/** Offsets are bytes of the UTF-8 text. `text` is the lower-cased word, or the character of a mark; empty for the rest. */
export type Token = {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

const OPERATOR_BYTES = new Set(Buffer.from('~!@#^&|`?+-*/%<>='));
const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const STAR = 0x2a;
const SLASH = 0x2f;
const DASH = 0x2d;
const AMPERSAND = 0x26;
const DOT = 0x2e;
const COLON = 0x3a;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The tokens of a text with standard_conforming_strings on, without white space and comments. Total: text that
 * PostgreSQL would reject gives some tokens too, and the real parser has the last word on it.
 */
export function tokensOf(bytes: Uint8Array): Token[] {
  const tokens: Token[] = [];
  let at = skipBlank(bytes, 0);
  while (at < bytes.length) {
    const token = tokenAt(bytes, at);
    tokens.push(token);
    at = skipBlank(bytes, token.end);
  }
  return tokens;
}

function tokenAt(bytes: Uint8Array, at: number): Token {
  const byte = bytes[at] ?? 0;
  if (byte === QUOTE) return plain('string', at, quotedEnd(bytes, at, QUOTE));
  if (byte === DOUBLE_QUOTE) return plain('quoted', at, quotedEnd(bytes, at, DOUBLE_QUOTE));
  if (byte === DOLLAR) return dollarToken(bytes, at);
  if (isWordStart(byte)) return prefixedString(bytes, at) ?? wordToken(bytes, at);
  if (isDigit(byte) || (byte === DOT && isDigit(bytes[at + 1] ?? 0))) {
    return plain('number', at, numberEnd(bytes, at));
  }
  if (OPERATOR_BYTES.has(byte)) return plain('operator', at, operatorEnd(bytes, at));
  return markToken(bytes, at);
}

function plain(kind: TokenKind, start: number, end: number): Token {
  return { kind, start, end, text: '' };
}

function wordToken(bytes: Uint8Array, at: number): Token {
  let end = at + 1;
  while (end < bytes.length && isWordPart(bytes[end] ?? 0)) end++;
  return { kind: 'word', start: at, end, text: sliceText(bytes, at, end).toLowerCase() };
}

function markToken(bytes: Uint8Array, at: number): Token {
  const double = bytes[at] === COLON && (bytes[at + 1] === COLON || bytes[at + 1] === 0x3d);
  const end = at + (double ? 2 : 1);
  return { kind: 'mark', start: at, end, text: sliceText(bytes, at, end) };
}

/** E'…', B'…', X'…', N'…', U&'…' and U&"…"; undefined when the word is only a word. */
function prefixedString(bytes: Uint8Array, at: number): Token | undefined {
  const letter = (bytes[at] ?? 0) | 0x20;
  const next = bytes[at + 1];
  if (next === QUOTE && letter === 0x65) return plain('string', at, escapedEnd(bytes, at + 1));
  if (next === QUOTE && (letter === 0x62 || letter === 0x78 || letter === 0x6e)) {
    return plain('string', at, quotedEnd(bytes, at + 1, QUOTE));
  }
  if (letter !== 0x75 || next !== AMPERSAND) return undefined;
  const quote = bytes[at + 2];
  if (quote === QUOTE) return plain('string', at, quotedEnd(bytes, at + 2, QUOTE));
  if (quote === DOUBLE_QUOTE) return plain('quoted', at, quotedEnd(bytes, at + 2, DOUBLE_QUOTE));
  return undefined;
}

/** `$1`, `$tag$ … $tag$`, or a lone dollar sign. */
function dollarToken(bytes: Uint8Array, at: number): Token {
  let end = at + 1;
  if (isDigit(bytes[end] ?? 0)) {
    while (isDigit(bytes[end] ?? 0)) end++;
    return { kind: 'parameter', start: at, end, text: sliceText(bytes, at + 1, end) };
  }
  if (isWordStart(bytes[end] ?? 0)) {
    while (isWordPart(bytes[end] ?? 0) && bytes[end] !== DOLLAR) end++;
  }
  if (bytes[end] !== DOLLAR) return { kind: 'mark', start: at, end: at + 1, text: '$' };
  const tag = bytes.subarray(at, end + 1);
  const close = indexOfBytes(bytes, tag, end + 1);
  return plain('string', at, close < 0 ? bytes.length : close + tag.length);
}

function quotedEnd(bytes: Uint8Array, at: number, quote: number): number {
  let end = at + 1;
  while (end < bytes.length) {
    if (bytes[end] !== quote) end++;
    else if (bytes[end + 1] === quote) end += 2;
    else return end + 1;
  }
  return bytes.length;
}

function escapedEnd(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length) {
    if (bytes[end] === BACKSLASH) end += 2;
    else if (bytes[end] !== QUOTE) end++;
    else if (bytes[end + 1] === QUOTE) end += 2;
    else return end + 1;
  }
  return bytes.length;
}

function numberEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  let last = 0;
  while (end < bytes.length) {
    const byte = bytes[end] ?? 0;
    const sign =
      (byte === 0x2b || byte === DASH) && (last | 0x20) === 0x65 && isDigit(bytes[end + 1] ?? 0);
    const range = byte === DOT && bytes[end + 1] === DOT;
    if (range || !(isWordPart(byte) || byte === DOT || sign) || byte === DOLLAR) break;
    last = byte;
    end++;
  }
  return end;
}

function operatorEnd(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && OPERATOR_BYTES.has(bytes[end] ?? 0) && !commentAt(bytes, end)) end++;
  return end;
}

function commentAt(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1];
  return (bytes[at] === DASH && next === DASH) || (bytes[at] === SLASH && next === STAR);
}

function skipBlank(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) at++;
    else if (commentAt(bytes, at)) at = commentEnd(bytes, at);
    else break;
  }
  return at;
}

/** Block comments nest in PostgreSQL (manual 4.1.5). */
function commentEnd(bytes: Uint8Array, from: number): number {
  let at = from + 2;
  if (bytes[from] === DASH) {
    while (at < bytes.length && bytes[at] !== NEWLINE && bytes[at] !== RETURN) at++;
    return at;
  }
  let depth = 1;
  while (at < bytes.length && depth > 0) {
    const opens = bytes[at] === SLASH && bytes[at + 1] === STAR;
    const closes = bytes[at] === STAR && bytes[at + 1] === SLASH;
    if (opens) depth++;
    if (closes) depth--;
    at += opens || closes ? 2 : 1;
  }
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isWordStart(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte >= 0x80;
}

function isWordPart(byte: number): boolean {
  return isWordStart(byte) || isDigit(byte) || byte === DOLLAR;
}

function sliceText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x80) return new TextDecoder().decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function indexOfBytes(bytes: Uint8Array, part: Uint8Array, from: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(part, from);
}

/** The index of the first token that starts at or after a byte offset. */
export function tokenIndexAt(tokens: readonly Token[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the mark that closes the one at `index` (round and square brackets), or -1. */
export function closingIndex(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let i = index; i < tokens.length; i++) {
    const { kind, text } = tokens[i] ?? { kind: 'word', text: '' };
    if (kind !== 'mark') continue;
    if (text === '(' || text === '[') depth++;
    if ((text === ')' || text === ']') && --depth === 0) return i;
  }
  return -1;
}
