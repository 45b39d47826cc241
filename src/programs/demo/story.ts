import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCast, readMarkings } from './cast.ts';
import type { Cast, Markings } from './cast.ts';
import type { PolicyText } from './rules.ts';

/** Name of the demo's source system: what a client gives as database name. */
export const SYSTEM = 'demo';

/** Everything the demo is told in files of examples/demo: people, tags, policies. */
export type Story = {
  readonly cast: Cast;
  readonly markings: Markings;
  /** In the order of their names, which is the order they are authored in. */
  readonly policies: readonly PolicyText[];
};

const FOLDER = new URL('../../../examples/demo/', import.meta.url);

/** Reads the files; throws `invalid` when one does not have its shape. */
export async function readStory(): Promise<Story> {
  const files = await Array.fromAsync(glob('policies/*.yaml', { cwd: fileURLToPath(FOLDER) }));
  const read = (file: string) => readFile(new URL(file, FOLDER), 'utf8');
  return {
    cast: readCast(await read('people.yaml')),
    markings: readMarkings(await read('tags.yaml')),
    policies: await Promise.all(
      files.toSorted().map(async (file) => ({ file, text: await read(file) })),
    ),
  };
}
