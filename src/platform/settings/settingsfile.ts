import { readFileSync } from 'node:fs';
import { LineCounter, isMap, isPair, isScalar, parse, parseDocument } from 'yaml';
import type { Node } from 'yaml';
import { Problem } from '#base/problem';

/** One leaf of the file under its dotted name. */
export type FileEntry = {
  readonly name: string;
  readonly value: unknown;
  readonly where: { readonly file: string; readonly line: number; readonly column: number };
};

/** A settings file larger than this is something else. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Settings are at most a few words deep. */
const DEPTH_MAX = 8;

/**
 * The leaves of a settings file. A mapping is entered unless its own name is one of `names`, so that a setting may hold
 * a mapping. Throws `invalid` with the line for anything that is not a YAML mapping of names.
 */
export function readSettingsFile(file: string, names: readonly string[]): readonly FileEntry[] {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const whereOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const failure = document.errors[0];
  if (failure !== undefined) {
    const said = (failure.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/u, '');
    throw misplaced(`not valid YAML: ${said}`, whereOf(failure.pos[0]));
  }
  const leaves: FileEntry[] = [];
  const enter = (node: Node | null, prefix: string, depth: number): void => {
    if (node === null) return;
    const where = whereOf(node.range?.[0] ?? 0);
    if (!isMap(node))
      throw misplaced(`\`${prefix || 'the file'}\` expected a mapping of settings`, where);
    if (depth > DEPTH_MAX)
      throw misplaced(`\`${prefix}\` is nested deeper than ${DEPTH_MAX}`, where);
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) throw misplaced('expected a name', where);
      const name = prefix === '' ? String(pair.key.value) : `${prefix}.${String(pair.key.value)}`;
      const value = pair.value as Node | null;
      if (isMap(value) && !names.includes(name)) enter(value, name, depth + 1);
      else leaves.push({ name, value: toValue(value), where: whereOf(pair.key.range?.[0] ?? 0) });
    }
  };
  enter(document.contents, '', 0);
  return leaves;
}

/** A text as YAML reads it: a number, a boolean, a flow list; the text itself when it is no YAML. */
export function parseScalar(text: string): unknown {
  try {
    return parse(text, { version: '1.2' }) as unknown;
  } catch {
    return text;
  }
}

function toValue(node: Node | null): unknown {
  return node === null ? null : (node.toJSON() as unknown);
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Problem('invalid', `settings file \`${file}\` cannot be read`, { cause });
  }
  if (text.length > FILE_BYTES_MAX) {
    throw new Problem(
      'limit',
      `settings file expected at most ${FILE_BYTES_MAX} bytes, got ${text.length}`,
    );
  }
  return text;
}

function misplaced(message: string, where: FileEntry['where']): Problem {
  return new Problem(
    'invalid',
    `settings: ${where.file}:${where.line}:${where.column}: ${message}`,
    { where },
  );
}
