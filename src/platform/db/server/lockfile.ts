import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running server writes into `postmaster.pid` (PostgreSQL `miscadmin.h`, LOCK_FILE_LINE_*). */
export type LockFile = {
  readonly pid: number;
  /** Start of the server, seconds since 1970. */
  readonly startedSeconds: number;
  readonly state: 'starting' | 'stopping' | 'ready' | 'standby' | 'unknown';
};

export const LOCK_FILE = 'postmaster.pid';

/** The lock file of a data directory, or undefined when there is none or it is not written out yet. */
export function readLockFile(dataDirectory: string): LockFile | undefined {
  let lines: readonly string[];
  try {
    lines = readFileSync(join(dataDirectory, LOCK_FILE), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, startedSeconds: Number(lines[2] ?? 0), state: stateOf(lines[7]) };
}

function stateOf(line: string | undefined): LockFile['state'] {
  const word = (line ?? '').trim();
  return word === 'starting' || word === 'stopping' || word === 'ready' || word === 'standby'
    ? word
    : 'unknown';
}
