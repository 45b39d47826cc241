import { Problem } from './problem.ts';

/** A value JSON can hold without loss. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * Canonical JSON text (RFC 8785): keys sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Throws `invalid` for numbers that JSON cannot hold and for lone surrogates (RFC 8785 §3.2.2).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalText(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const object = value as { readonly [key: string]: Json | undefined };
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${canonicalText(key)}:${canonicalJson(object[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value))
    throw new Problem('invalid', 'canonical json expected a finite number');
  return JSON.stringify(value);
}

function canonicalText(text: string): string {
  if (!text.isWellFormed())
    throw new Problem('invalid', 'canonical json expected well-formed text');
  return JSON.stringify(text);
}
