import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import { LOCK_FILE, readLockFile } from './lockfile.ts';
import type { LockFile } from './lockfile.ts';
import { processState, servesDirectory, startedSeconds, usersOfDirectory } from './processtable.ts';

/** What was found in a data directory before a server is started on it. */
export type Found = 'nothing' | 'stale lock' | 'orphan stopped';

/** A fast shutdown writes a checkpoint; a busy disk takes its time. */
const FAST_STOP_MS = 60_000;
/** An immediate shutdown waits for nothing but the children. */
const IMMEDIATE_STOP_MS = 10_000;
/** How long a dead server's children may take to notice. */
const LINGER_MS = 10_000;
const POLL_MS = 50;
/** The kernel derives start times from the boot time, which moves when the clock is set. */
const START_TOLERANCE_SECONDS = 300;

/**
 * Clears a data directory of a server that an earlier run left behind. The orphan is stopped, not kept: it runs with the
 * settings of that run and nobody is told when it dies; a clean stop takes less than a second. A lock whose process is
 * dead, a zombie or somebody else is removed only when no process works in the directory, since a killed server's
 * children may still write. Throws `conflict` when it cannot be cleared.
 */
export async function clearOrphan(dataDirectory: string): Promise<Found> {
  const lock = readLockFile(dataDirectory);
  if (lock === undefined) return 'nothing';
  const directory = realpathSync(dataDirectory);
  if (isOurs(lock, directory)) {
    await stopProcess(lock.pid);
    return 'orphan stopped';
  }
  await untilUnused(directory);
  rmSync(join(dataDirectory, LOCK_FILE), { force: true });
  return 'stale lock';
}

/** Stops a server by its number: fast, and immediately when that takes too long. */
export async function stopProcess(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await untilGone(pid, FAST_STOP_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await untilGone(pid, IMMEDIATE_STOP_MS)) return;
  throw new Problem('conflict', `postgresql process ${pid} does not stop`, {
    hint: 'look at what holds it (a disk that hangs?) before you end it by force',
  });
}

function isOurs(lock: LockFile, directory: string): boolean {
  if (processState(lock.pid) !== 'running' || !servesDirectory(lock.pid, directory)) return false;
  const started = startedSeconds(lock.pid);
  return started === undefined || Math.abs(started - lock.startedSeconds) < START_TOLERANCE_SECONDS;
}

/** Whether the process has gone, or is a zombie and so as good as gone, within that time. */
async function untilGone(pid: number, patienceMs: number): Promise<boolean> {
  for (let waited = 0; waited <= patienceMs; waited += POLL_MS) {
    if (processState(pid) !== 'running') return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function untilUnused(directory: string): Promise<void> {
  for (let waited = 0; waited <= LINGER_MS; waited += POLL_MS) {
    const users = usersOfDirectory(directory);
    if (users === 'unknown' || users.length === 0) return;
    await sleep(POLL_MS);
  }
  throw new Problem('conflict', `processes of an earlier server still use \`${directory}\``, {
    hint: 'they end by themselves in a moment; start again, or find them with `lsof +D`',
  });
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if (processState(pid) === 'gone') return;
    throw new Problem('conflict', `postgresql process ${pid} belongs to another user`, { cause });
  }
}
