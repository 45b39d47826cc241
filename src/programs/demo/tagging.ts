import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { told } from './accounts.ts';
import { marksBySource } from './cast.ts';
import type { Markings, SourceMarks } from './cast.ts';
import { act, namedItems, pathOf, read } from './desk.ts';
import type { Desk } from './desk.ts';

/** A dictionary reaches control within a second or two; a slow machine gets this long. */
const DICTIONARY_SECONDS_MAX = 60;
const POLL_MS = 200;

const sourceShape = z.object({
  owners: z.array(z.string()),
  tags: z.array(z.object({ name: z.string() })),
  columns: z.array(z.object({ name: z.string(), tags: z.array(z.object({ name: z.string() })) })),
});
type Source = z.infer<typeof sourceShape>;

/** Makes tags known, then puts them and owners where the markings say; what is there already is left alone. */
export async function markSources(desk: Desk, system: string, markings: Markings): Promise<void> {
  await defineTags(desk, markings);
  const sources = marksBySource(markings);
  let made = 0;
  for (const marks of sources) made += await markSource(desk, system, marks);
  desk.progress(told(`sources of \`${system}\` tagged`, sources.length, made));
}

async function defineTags(desk: Desk, markings: Markings): Promise<void> {
  const { items } = await read(desk, pathOf('tags'), namedItems);
  const known = new Set(items.map((tag) => tag.name));
  const missing = markings.tags.filter((tag) => !known.has(tag.name));
  for (const { name, description, sensitive } of missing) {
    await act(desk, {
      method: 'PUT',
      path: pathOf('tags', name),
      body: { description, sensitive },
    });
  }
  desk.progress(told('tags', markings.tags.length, missing.length));
}

/** Gives 1 when something was put on the source, 0 when all was there. */
async function markSource(desk: Desk, system: string, marks: SourceMarks): Promise<number> {
  const name = `${system}.${marks.schema}.${marks.name}`;
  const source = await read(desk, pathOf('sources', name), sourceShape);
  const missing = missingMarks(source, marks);
  for (const parts of missing) {
    await act(desk, { method: 'PUT', path: pathOf('sources', name, ...parts), body: undefined });
  }
  return missing.length === 0 ? 0 : 1;
}

/** The paths below a source that are still to be put: its tags, its columns' tags, its owners. */
function missingMarks(source: Source, marks: SourceMarks): readonly (readonly string[])[] {
  const has = (tags: Source['tags'], tag: string) => tags.some(({ name }) => name === tag);
  const columns = Object.entries(marks.columns).flatMap(([column, tags]) => {
    const there = source.columns.find(({ name }) => name === column)?.tags ?? [];
    return tags
      .filter((tag) => !has(there, tag))
      .map((tag) => ['columns', column, 'tags', tag] as const);
  });
  return [
    ...marks.tags.filter((tag) => !has(source.tags, tag)).map((tag) => ['tags', tag] as const),
    ...columns,
    ...marks.owners
      .filter((owner) => !source.owners.includes(owner))
      .map((owner) => ['owners', owner] as const),
  ];
}

/** Waits until control knows every source of the markings; throws `unavailable` when it takes too long. */
export async function awaitDictionary(
  desk: Desk,
  system: string,
  markings: Markings,
): Promise<void> {
  const wanted = marksBySource(markings).map(({ schema, name }) => `${system}.${schema}.${name}`);
  const path = `${pathOf('sources')}?limit=1000&system=${encodeURIComponent(system)}`;
  const shape = z.object({ items: z.array(z.object({ fullName: z.string() })) });
  const deadline = Date.now() + DICTIONARY_SECONDS_MAX * 1_000;
  while (Date.now() < deadline) {
    const { items } = await read(desk, path, shape);
    const known = new Set(items.map((item) => item.fullName));
    if (wanted.every((name) => known.has(name))) return;
    await sleep(POLL_MS);
  }
  throw new Problem('unavailable', `the dictionary of \`${system}\` has not arrived at control`, {
    hint: 'is the plane running and enrolled? `privet status` says so',
  });
}
