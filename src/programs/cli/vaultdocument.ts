import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { Problem } from '#base/problem';
import type { Cli } from './leaf.ts';

/** A document of a file; YAML reads JSON as well. */
export function readDocument(cli: Cli, file: string): Readonly<Record<string, unknown>> {
  const value: unknown = parseFile(cli, file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Problem('invalid', `\`${file}\` expected a mapping`);
}

function parseFile(cli: Cli, file: string): unknown {
  try {
    return parse(readFileSync(resolve(cli.terminal.directory, file), 'utf8'));
  } catch (cause) {
    throw new Problem('invalid', `\`${file}\` cannot be read as YAML or JSON`, { cause });
  }
}
