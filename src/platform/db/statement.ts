import { readFileSync } from 'node:fs';

/**
 * The text of one SQL statement kept in a file beside the feature:
 * `const APPEND = statement(import.meta.url, 'sql/append.sql')`. Read once, when the module loads; throws when missing.
 */
export function statement(moduleUrl: string, path: string): string {
  return readFileSync(new URL(path, moduleUrl), 'utf8');
}
