import { z } from 'zod';
import { PERMISSIONS } from '#boundary';

/** Items one answer holds at most; `next` says where the following answer begins. */
const PAGE_MAX = 1_000;
const PAGE_DEFAULT = 200;
/** Longest name, id or filter a request may hold; parts check what is in it. */
const TEXT_MAX = 400;

/** A short text of a request: one line; what it may be exactly, its part says. */
export const word = z.string().min(1).max(TEXT_MAX);
/** Text of people that may be empty. */
export const text = z.string().max(8_192);
/** A secret in a request; longer ones are refused before anything is computed from them. */
export const secretText = z.string().min(1).max(1_024);
export const moment = z.iso.datetime({ offset: true });
export const permissionName = z.enum(PERMISSIONS);

export const pageQuery = z.object({
  after: word.optional().describe('give the items after this one'),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});

export const nameParams = z.object({ name: word });

/** A list as every route gives it. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('give this as `after` for more; null at the end'),
  });
}

/** The items with the key of the last one, when the page is full and more may follow. */
export function page<T>(items: readonly T[], limit: number, keyOf: (item: T) => string) {
  const last = items.at(-1);
  return { items, next: last !== undefined && items.length >= limit ? keyOf(last) : null };
}

export const tagShape = z.object({
  name: z.string(),
  by: z.object({
    kind: z.enum(['person', 'introspection', 'policy', 'lineage', 'detector']),
    name: z.string(),
  }),
});
