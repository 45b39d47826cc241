import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem } from '#base/problem';

export type Lock = { release(): void };

/**
 * Takes the one lock of a directory; throws `conflict` when another process has it. SQLite's exclusive transaction is the
 * lock because it is a kernel file lock: it ends with the process however that dies, two containers that share the
 * directory see each other, and Node has no other way to take one.
 */
export function lockDirectory(directory: string, what: string): Lock {
  const path = join(directory, 'lock');
  const holderPath = join(directory, 'lock.pid');
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec('pragma journal_mode = memory; begin exclusive');
  } catch (cause) {
    file.close();
    throw new Problem('conflict', `${what} runs already${holder(holderPath)}`, {
      hint: 'stop that one first, or give this one another home directory with PRIVET_HOME',
      cause,
    });
  }
  chmodSync(path, 0o600);
  writeFileSync(holderPath, `${process.pid}\n`, { mode: 0o600 });
  return { release: () => file.close() };
}

function holder(path: string): string {
  try {
    return ` (process ${readFileSync(path, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
