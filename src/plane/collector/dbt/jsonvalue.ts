/** A JSON object whose members are unknown; what is not there or of another type reads as nothing. */
export type Doc = Readonly<Record<string, unknown>>;

export function docOf(value: unknown): Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Doc) : {};
}

export function docIn(doc: Doc, name: string): Doc {
  return docOf(doc[name]);
}

export function textsIn(doc: Doc, name: string): readonly string[] {
  const value = doc[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A text that is not empty, or null. */
export function stringIn(doc: Doc, name: string): string | null {
  const value = doc[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A finite number; also of a text that is one, as old versions write some. */
export function numberIn(doc: Doc, name: string): number | null {
  const value = doc[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A whole number from 0 on, or null. */
export function countIn(doc: Doc, name: string): number | null {
  const number = numberIn(doc, name);
  if (number === null || number < 0) return null;
  return Math.min(Math.round(number), Number.MAX_SAFE_INTEGER);
}

/** A moment written as ISO 8601, without a zone meant as UTC, in milliseconds; null for what is none. */
export function momentIn(doc: Doc, name: string): number | null {
  return momentFrom(doc[name]);
}

function momentFrom(value: unknown): number | null {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return null;
  const plain = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/u.test(value);
  const ms = Date.parse(plain ? `${value.replace(' ', 'T')}Z` : value);
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}
