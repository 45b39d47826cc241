import type { Json } from '#base/canonical';
import type { Decision, Predicate } from './decision.ts';

/** Members that hold values of the person asking; a stored decision keeps how many there were. */
const BOUND: ReadonlySet<string> = new Set(['values', 'text', 'texts']);

/** The decision, or a part of it, as it may be stored away from the data: values bound into predicates are replaced by their count. */
export function withoutValues(whole: Decision | Predicate): Json {
  return strip(whole);
}

function strip(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => strip(item));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value as { readonly [key: string]: Json }).map(
    ([key, member]) => [key, BOUND.has(key) ? countOf(member) : strip(member)] as const,
  );
  return Object.fromEntries(members);
}

function countOf(member: Json): number {
  return Array.isArray(member) ? member.length : 1;
}
