import { RE2JS } from 're2js';
import { Problem } from '#base/problem';

/** Patterns are few and used for every value; compiled ones are kept. */
const CACHED_MAX = 1_000;
const cache = new Map<string, RE2JS>();

/** The pattern, which runs in time linear in its input (RE2); throws `invalid` when it is none. */
export function compiled(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  try {
    const made = RE2JS.compile(pattern);
    if (cache.size >= CACHED_MAX) cache.clear();
    cache.set(pattern, made);
    return made;
  } catch (cause) {
    throw new Problem('invalid', `pattern expected RE2 syntax, got \`${pattern}\``, {
      hint: 'look-around and back-references are not part of RE2',
      cause,
    });
  }
}
