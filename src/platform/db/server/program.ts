import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Problem } from '#base/problem';
import { spawnIdentity } from './account.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** Server programs ready to run as one account: where they are, and the environment they need and nothing else. */
export type Programs = {
  readonly binaries: Binaries;
  readonly directory: string;
  readonly account: Account;
  readonly env: Readonly<Record<string, string>>;
};

/** What a failing program said last is enough to act on; more would drown the reader. */
const SAID_CHARACTERS_MAX = 2_000;

/**
 * Makes an installation runnable by `account`. The npm package ships libraries without the version links its install
 * script would make, and npm 12 runs no install scripts, so the links are made in `workDirectory` and found through the
 * loader's path: node_modules stays as npm left it and may be read-only. A package the account cannot reach (a home
 * directory of root) is copied to `workDirectory`.
 */
export function preparePrograms(
  binaries: Binaries,
  options: { readonly account: Account; readonly workDirectory: string },
): Programs {
  const base = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  if (binaries.kind === 'system') {
    return { binaries, directory: binaries.directory, account: options.account, env: base };
  }
  mkdirSync(options.workDirectory, { recursive: true, mode: 0o755 });
  const native = reachableNative(dirname(binaries.directory), options);
  const libraries = linkLibraries(native, options.workDirectory);
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return {
    binaries,
    directory: join(native, 'bin'),
    account: options.account,
    env: { ...base, [variable]: libraries },
  };
}

/**
 * Runs one server program to its end and gives its standard output; throws `unavailable` with the end of what it said
 * on standard error when it fails.
 */
export function runProgram(
  programs: Programs,
  program: string,
  options: { readonly args: readonly string[]; readonly cwd: string },
): Promise<string> {
  return runCommand(join(programs.directory, program), {
    args: options.args,
    cwd: options.cwd,
    account: programs.account,
    env: programs.env,
  });
}

/** Runs any command as an account; the same contract as `runProgram`. */
export function runCommand(
  command: string,
  options: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly account: Account;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const child = spawn(command, options.args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...spawnIdentity(options.account),
  });
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS_MAX);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Problem('unavailable', `\`${basename(command)}\` could not be run`, { cause })),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(programFailure(basename(command), said));
    });
  });
}

/** The problem for a server program that failed, with what to do about the failures people meet. */
export function programFailure(program: string, said: string): Problem {
  const known = FAILURES.find(([pattern]) => pattern.test(said));
  return new Problem(
    'unavailable',
    `\`${program}\` failed: ${said.trim().split('\n').slice(-4).join('; ')}`,
    known === undefined ? {} : { hint: known[1] },
  );
}

const FAILURES: readonly (readonly [RegExp, string])[] = [
  [
    /No space left on device|disk full/iu,
    'the disk is full: free some space and start again; nothing acknowledged is lost',
  ],
  [
    /Permission denied/iu,
    'the server account cannot read or write there: check owner and mode of the data directory and its parents',
  ],
  [
    /could not look up effective user/iu,
    'this user id has no entry in /etc/passwd: run as a named user',
  ],
  [/shared memory/iu, 'the system refuses shared memory: in a container, raise --shm-size'],
  [
    /Address already in use|Is another postmaster already running/iu,
    'another server uses this socket or data directory: stop it first',
  ],
];

function reachableNative(
  native: string,
  options: { readonly account: Account; readonly workDirectory: string },
): string {
  if (reachableBy(native, options.account)) return native;
  const copy = join(options.workDirectory, 'native');
  if (!existsSync(copy)) {
    const unfinished = mkdtempSync(`${copy}-`);
    cpSync(native, unfinished, { recursive: true });
    chmodSync(unfinished, 0o755);
    renameOnce(unfinished, copy);
  }
  return copy;
}

/** Whether every directory from the root to `path` lets that account pass. */
export function reachableBy(path: string, account: Account): boolean {
  if (account.kind === 'own') return true;
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

type Link = { readonly source: string; readonly target: string };

/**
 * Links every library under its own and its short names in one directory, and gives that directory. Its name says which
 * installation it is for, and it appears whole by a rename, so that two programs may do this at once.
 */
function linkLibraries(native: string, workDirectory: string): string {
  const key = createHash('sha256').update(native).digest('hex').slice(0, 12);
  const directory = join(workDirectory, `lib-${key}`);
  if (existsSync(directory)) return directory;
  const unfinished = mkdtempSync(`${directory}-`);
  chmodSync(unfinished, 0o755);
  const lib = join(native, 'lib');
  for (const name of readdirSync(lib).filter((name) => /\.(?:so|dylib)/u.test(name))) {
    symlinkSync(join(lib, name), join(unfinished, name));
  }
  const list: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  const links = Array.isArray(list) ? list.filter(isLink) : [];
  for (const { source, target } of links) {
    const path = join(unfinished, basename(target));
    rmSync(path, { force: true });
    symlinkSync(join(lib, basename(source)), path);
  }
  return renameOnce(unfinished, directory);
}

/** Renames a finished directory into place, or drops it when another process was first. */
export function renameOnce(unfinished: string, final: string): string {
  try {
    renameSync(unfinished, final);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(final)) throw error;
  }
  return final;
}

function isLink(value: unknown): value is Link {
  return (
    typeof value === 'object' &&
    value !== null &&
    'source' in value &&
    'target' in value &&
    typeof value.source === 'string' &&
    typeof value.target === 'string'
  );
}
