import { Problem } from '#base/problem';

/** Skyflow's rule for keys of a context. */
const KEY = /^[a-zA-Z0-9_]{1,64}$/u;
const KEYS_MAX = 50;
const TEXT_CHARACTERS_MAX = 1_024;

/** What a caller says about the request in its assertion: one text, or plain values by key. */
export type Context = string | Readonly<Record<string, string | number | boolean>>;

/** The context of an assertion or a bearer token, null when there is none; throws `invalid` for what is no context. */
export function contextFrom(claim: unknown): Context | null {
  if (claim === undefined || claim === null || claim === '') return null;
  if (typeof claim === 'string' && claim.length <= TEXT_CHARACTERS_MAX) return claim;
  if (typeof claim === 'object' && !Array.isArray(claim)) {
    const entries = Object.entries(claim as Readonly<Record<string, unknown>>);
    const good = entries.every(([key, value]) => KEY.test(key) && isPlain(value));
    if (good && entries.length <= KEYS_MAX) {
      return Object.fromEntries(entries) as Exclude<Context, string>;
    }
  }
  throw new Problem(
    'invalid',
    '`ctx` expected a text, or texts by keys of letters, digits and `_`',
  );
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= TEXT_CHARACTERS_MAX;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

/** A text in the context under a key, or null. */
export function contextText(context: Context | null, key: string): string | null {
  if (context === null || typeof context === 'string' || !Object.hasOwn(context, key)) return null;
  const value = context[key];
  return typeof value === 'string' && value !== '' ? value : null;
}
