import { refusal } from './refusal.ts';
import type { Token } from './token.ts';

/** Longest name PostgreSQL keeps, in bytes (NAMEDATALEN - 1). */
const NAME_BYTES_MAX = 63;
const UPPER_U = 0x55;
const LOWER_U = 0x75;

/**
 * Throws `unsupported` for tokens that the parser here may read otherwise than the server: U&'…' and U&"…" whose escapes
 * the server alone decodes, and names too long, which are cut where the encoding says.
 */
export function checkLexemes(bytes: Uint8Array, tokens: readonly Token[]): void {
  for (const token of tokens) {
    if (token.kind === 'string' || token.kind === 'quoted') refuseEscaped(bytes, token);
    if (token.kind === 'word' || token.kind === 'quoted') refuseLong(bytes, token);
  }
}

function refuseEscaped(bytes: Uint8Array, token: Token): void {
  const first = bytes[token.start];
  if (first !== UPPER_U && first !== LOWER_U) return;
  throw refusal('0A000', 'texts and names written as U& are not supported', {
    hint: "write the characters themselves, or E'\\u0061'",
    offset: token.start,
  });
}

function refuseLong(bytes: Uint8Array, token: Token): void {
  const quotes = token.kind === 'quoted' ? 2 : 0;
  if (token.end - token.start - quotes <= NAME_BYTES_MAX) return;
  const text = Buffer.from(bytes.subarray(token.start, token.end)).toString('utf8');
  const name = quotes === 0 ? text : text.slice(1, -1).replaceAll('""', '"');
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return;
  throw refusal('0A000', `names expected at most ${NAME_BYTES_MAX} bytes, got more`, {
    hint: 'PostgreSQL would cut the name: write the shorter one',
    offset: token.start,
  });
}
