import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';

/** A value where there is only text: forms, headers, paths. */
export function plainText(value: Json): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** A text as one part of an address or a form; throws `invalid` where it cannot be one (a lone surrogate). */
export function uriText(text: string): string {
  if (!text.isWellFormed()) throw new Problem('invalid', 'a value expected well-formed text');
  return encodeURIComponent(text);
}
