import { z } from 'zod';
import type { Names } from './leaftext.ts';
import { pathOf, withQuery } from './line.ts';
import type { Line } from './line.ts';

const leafShape = z.looseObject({ kind: z.string(), time: z.number() });

/** A leaf with the text that was hashed, and what that text says. */
export const storedShape = z
  .object({
    index: z.number(),
    leafHash: z.string(),
    chain: z.string(),
    entry: z.string(),
    details: z.object({ salt: z.string(), text: z.string() }).nullable(),
  })
  .transform(({ entry, details, ...place }) => ({ ...place, leaf: leafOf(entry, details) }));
export type StoredLeaf = z.infer<typeof storedShape>;

/** The leaf with what was kept beside it, in place of the commitment. */
function leafOf(
  entry: string,
  details: { readonly text: string } | null,
): z.infer<typeof leafShape> {
  const leaf = leafShape.parse(JSON.parse(entry));
  if (details === null) return leaf;
  const { details: _, ...rest } = leaf;
  return {
    ...rest,
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(details.text)),
  };
}

/** Names of people and sources by id, as far as whoever asks may know them. */
export async function namesOf(control: Line): Promise<Names> {
  const users = await optional(control, withQuery(pathOf('users'), { limit: 1_000 }), 'name');
  const sources = await optional(
    control,
    withQuery(pathOf('sources'), { limit: 1_000 }),
    'fullName',
  );
  return new Map([...users, ...sources]);
}

async function optional(
  control: Line,
  path: string,
  key: 'name' | 'fullName',
): Promise<readonly (readonly [string, string])[]> {
  const shape = z.object({
    items: z.array(z.object({ id: z.string(), name: z.string(), fullName: z.string().optional() })),
  });
  try {
    const { items } = await control.ask({ method: 'GET', path }, shape);
    return items.map((one) => [one.id, one[key] ?? one.name]);
  } catch {
    return [];
  }
}

/** The id of a name, or what was given: then the plane says that it knows no such id. */
export function idOf(names: Names, name: string): string {
  return [...names].find(([, known]) => known === name)?.[0] ?? name;
}
