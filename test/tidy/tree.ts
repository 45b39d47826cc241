import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A source tree held in memory: path from the repository's root → text. Rules read trees, so offenders can be planted. */
export type Tree = ReadonlyMap<string, string>;

/** All files below the folders named, paths with forward slashes. */
export function readTree(root: string, folders: readonly string[]): Tree {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.parentPath.includes('node_modules')) continue;
      const path = join(entry.parentPath, entry.name);
      tree.set(path.slice(root.length + 1), readFileSync(path, 'utf8'));
    }
  }
  return tree;
}

/** What a file imports, as written: static, dynamic, re-exported, and files started as workers or by URL. */
export function importsOf(text: string): readonly string[] {
  const found: string[] = [];
  for (const pattern of [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gmu,
    /^\s*import\s*['"]([^'"]+)['"]/gmu,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/gu,
    /\bnew URL\(\s*['"]([^'"]+\.ts)['"]\s*,\s*import\.meta\.url\s*\)/gu,
  ]) {
    for (const match of text.matchAll(pattern)) found.push(match[1] ?? '');
  }
  return found;
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/') || path.startsWith('bench/');
}
