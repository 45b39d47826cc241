import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** `zombie`: it has died and its parent has not noticed; it holds nothing but its number. */
export type ProcessState = 'running' | 'zombie' | 'gone';

const HAS_PROC = existsSync('/proc/self/stat');

/** Whether a process of that number exists and lives. */
export function processState(pid: number): ProcessState {
  if (!exists(pid)) return 'gone';
  if (!HAS_PROC) return asked(pid, 'stat').startsWith('Z') ? 'zombie' : 'running';
  const letter = statFields(pid)[0];
  if (letter === undefined) return 'gone';
  return letter === 'Z' || letter === 'X' ? 'zombie' : 'running';
}

/** Whether that process is a PostgreSQL server on that data directory, whatever else may have taken the number. */
export function servesDirectory(pid: number, dataDirectory: string): boolean {
  if (HAS_PROC) return workingDirectory(pid) === dataDirectory;
  return asked(pid, 'args').includes(dataDirectory);
}

/** Any living process that works in that directory: a server's children outlive it for a moment. */
export function usersOfDirectory(directory: string): readonly number[] | 'unknown' {
  if (!HAS_PROC) return 'unknown';
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === directory);
}

/** When a process began, seconds since 1970; undefined when the system does not say. */
export function startedSeconds(pid: number): number | undefined {
  if (!HAS_PROC) {
    const at = Date.parse(asked(pid, 'lstart'));
    return Number.isNaN(at) ? undefined : at / 1000;
  }
  // proc(5): field 22 is the start in clock ticks after boot; two fields are gone before the state letter.
  const ticks = Number(statFields(pid)[19]);
  const boot = Number(/^btime (\d+)$/mu.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  return Number.isNaN(ticks) || Number.isNaN(boot) ? undefined : boot + ticks / TICKS_PER_SECOND;
}

/** `getconf CLK_TCK`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The fields after the name, which is in brackets and may itself hold spaces and brackets. */
function statFields(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function asked(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
