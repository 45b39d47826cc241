import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Problem } from '#base/problem';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

/** The text of one file of documents, under the name messages call it by. */
export type PolicyText = { readonly file: string; readonly text: string };

/** A folder with more files than this is no folder of policies. */
const FILES_MAX = 2_000;

/**
 * The documents at these paths: files as they are, folders with every `.yaml` and `.yml` below them in order of name,
 * `-` for standard input. Throws `invalid` for a path that cannot be read and for folders without documents.
 */
export async function readPolicyTexts(
  terminal: Terminal,
  paths: readonly string[],
): Promise<readonly PolicyText[]> {
  const texts: PolicyText[] = [];
  for (const path of paths) {
    if (path === '-') texts.push({ file: 'standard input', text: await terminal.input() });
    else texts.push(...readPath(terminal.directory, path));
  }
  if (texts.length > FILES_MAX) {
    throw new Problem('limit', `expected at most ${FILES_MAX} files, got ${texts.length}`);
  }
  return texts;
}

function readPath(directory: string, path: string): readonly PolicyText[] {
  const full = resolve(directory, path);
  try {
    const files = statSync(full).isDirectory() ? filesBelow(full) : [full];
    if (files.length === 0) {
      throw new Problem('invalid', `\`${path}\` holds no \`.yaml\` files`);
    }
    return files.map((file) => ({
      file: relative(directory, file) || path,
      text: readFileSync(file, 'utf8'),
    }));
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw unreadable(path, cause);
  }
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
