import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chownSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { serverAccount, spawnIdentity } from './account.ts';
import type { Account } from './account.ts';
import { chooseBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { SUPERUSER, checkOwner, majorOf, makeDataDirectory } from './datadirectory.ts';
import { readLockFile } from './lockfile.ts';
import { clearOrphan, stopProcess } from './orphan.ts';
import type { Found } from './orphan.ts';
import { preparePlaces } from './places.ts';
import type { Places } from './places.ts';
import { preparePrograms, programFailure } from './program.ts';
import type { Programs } from './program.ts';

export type ServerSettings = {
  /** Directory under which the server's own directories are made. */
  readonly home: string;
  /** Of the superuser; kept by the caller, set when the data directory is made. */
  readonly password: Secret;
  /** Lines of `pg_hba.conf`, written at every start. */
  readonly access: readonly string[];
  /** Told what is going on, for a person who waits. */
  readonly onStep?: (step: string) => void;
  /** Only this kind of installation; left out, a system one is preferred. */
  readonly installation?: Binaries['kind'];
  /** Accounts a root may drop to, best first; only tests choose. */
  readonly accounts?: readonly string[];
};

export type Server = {
  readonly pid: number;
  readonly version: string;
  readonly kind: 'system' | 'package';
  readonly places: Places;
  /** The account's name when it is not the caller's own. */
  readonly account: Account;
  /** What an earlier run had left behind. */
  readonly found: Found;
  /** Resolves when the server ends for whatever reason, with what ended it. */
  readonly ended: Promise<string>;
  /** Connection string over the unix socket; the password is part of it, so it stays wrapped. */
  url(login: { role: string; password: string; database: string }): string;
  /** Stops the server cleanly: a fast shutdown, an immediate one when that takes too long. */
  stop(): Promise<void>;
};

/** Recovery after a crash replays at most a few checkpoints' worth of log; a slow disk may need minutes for that. */
const READY_TIMEOUT_MS = 5 * 60_000;
/** A killed server's children let go of the shared memory within moments. */
const RETRY_MS = 10_000;
const POLL_MS = 20;
const SAID_CHARACTERS_MAX = 4_000;
/** The last few lines of a log. */
const LOG_CHARACTERS_SHOWN = 1_000;

/**
 * What our server always runs with. Only a unix socket; nothing acknowledged is ever lost; and no statement text, value
 * or detail in its log, which keeps one week: `log` drops errors (they quote values) and keeps crashes and restarts.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  jit: 'off',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_rotation_age: '1d',
  log_truncate_on_rotation: 'on',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/**
 * Starts the server of a home directory, making it first when there is none, and resolves when it takes connections.
 * Throws `unavailable` or `conflict` with what to do when it cannot.
 */
export async function startServer(settings: ServerSettings): Promise<Server> {
  const say = settings.onStep ?? (() => undefined);
  const account =
    settings.accounts === undefined ? serverAccount() : serverAccount(settings.accounts);
  const places = preparePlaces(settings.home, account);
  checkOwner(places.dataDirectory, account);
  const major = majorOf(places.dataDirectory);
  const binaries = chooseFor(major, settings.installation);
  const programs = preparePrograms(binaries, { account, workDirectory: places.workDirectory });
  const found = major === undefined ? 'nothing' : await clearOrphan(places.dataDirectory);
  if (found === 'orphan stopped') say('stopped a database server that an earlier run left behind');
  if (major === undefined) {
    say(`making a database (PostgreSQL ${binaries.version})`);
    await makeDataDirectory(programs, places.dataDirectory, settings.password);
  }
  writeAccess(places.dataDirectory, { account, lines: settings.access });
  say(`starting PostgreSQL ${binaries.version}`);
  const child = await launchPatiently(programs, places);
  return handle({ child, programs, places, found });
}

function chooseFor(major: number | undefined, kind: Binaries['kind'] | undefined): Binaries {
  try {
    return chooseBinaries({ major, kind });
  } catch (cause) {
    if (major === undefined) throw cause;
    throw new Problem(
      'conflict',
      `the database was made by postgresql ${major}, which is not installed any more`,
      {
        hint:
          `install postgresql ${major} again, or move the data with \`pg_dumpall\` of ${major} ` +
          '(a data directory of one major version cannot be started by another)',
        cause,
      },
    );
  }
}

function writeAccess(
  dataDirectory: string,
  access: { account: Account; lines: readonly string[] },
): void {
  const path = join(dataDirectory, 'pg_hba.conf');
  writeFileSync(path, `${['# written by privet at every start', ...access.lines].join('\n')}\n`, {
    mode: 0o600,
  });
  if (access.account.kind === 'other') chownSync(path, access.account.uid, access.account.gid);
}

/** Tries again for a while when the children of a killed server still hold its memory or lock. */
async function launchPatiently(programs: Programs, places: Places): Promise<ChildProcess> {
  const deadline = Date.now() + RETRY_MS;
  for (;;) {
    // Nothing serves this directory any more, so whatever lies in the socket directory is dead.
    for (const name of readdirSync(places.socketDirectory)) {
      if (name.startsWith('.s.PGSQL.')) rmSync(join(places.socketDirectory, name), { force: true });
    }
    const attempt = await launch(programs, places);
    if (attempt.kind === 'ready') return attempt.child;
    const passing = /shared memory block|lock file .* already exists/u.test(attempt.said);
    if (!passing || Date.now() > deadline) throw programFailure('postgres', attempt.said);
    await sleep(POLL_MS * 10);
    await clearOrphan(places.dataDirectory);
  }
}

type Attempt =
  | { readonly kind: 'ready'; readonly child: ChildProcess }
  | { readonly kind: 'failed'; readonly said: string };

async function launch(programs: Programs, places: Places): Promise<Attempt> {
  const values = { ...SETTINGS, unix_socket_directories: places.socketDirectory };
  const child = spawn(
    join(programs.directory, 'postgres'),
    [
      '-D',
      places.dataDirectory,
      ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      cwd: places.dataDirectory,
      env: { ...programs.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // its own session, or Ctrl-C in a terminal would stop it before those who use it
      ...spawnIdentity(programs.account),
    },
  );
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS_MAX);
  });
  const outcome = await untilReady(child, places.dataDirectory);
  return outcome === 'ready'
    ? { kind: 'ready', child }
    : { kind: 'failed', said: `${said}\n${logTail(places.dataDirectory)}`.trim() || outcome };
}

/** The end of the server's newest log: once its collector runs, failures go there and no longer to standard error. */
function logTail(dataDirectory: string): string {
  const directory = join(dataDirectory, 'log');
  if (!existsSync(directory)) return '';
  const newest = readdirSync(directory)
    .map((name) => join(directory, name))
    .sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs)[0];
  return newest === undefined ? '' : readFileSync(newest, 'utf8').slice(-LOG_CHARACTERS_SHOWN);
}

async function untilReady(child: ChildProcess, dataDirectory: string): Promise<string> {
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('close', (code, signal) => (failure = `ended with ${signal ?? `status ${code}`}`));
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline;) {
    if (failure !== undefined) return failure;
    const lock = readLockFile(dataDirectory);
    if (lock !== undefined && lock.pid === child.pid && lock.state === 'ready') return 'ready';
    await sleep(POLL_MS);
  }
  child.kill('SIGINT');
  return `not ready after ${READY_TIMEOUT_MS / 1000} s`;
}

type Started = {
  readonly child: ChildProcess;
  readonly programs: Programs;
  readonly places: Places;
  readonly found: Found;
};

function handle({ child, programs, places, found }: Started): Server {
  const pid = child.pid ?? 0;
  const ended = new Promise<string>((resolve) => {
    const finish = (code: number | null, signal: string | null) =>
      resolve(signal ?? `status ${code}`);
    if (child.exitCode !== null || child.signalCode !== null)
      finish(child.exitCode, child.signalCode);
    else child.once('exit', finish);
  });
  return {
    pid,
    version: programs.binaries.version,
    kind: programs.binaries.kind,
    places,
    account: programs.account,
    found,
    ended,
    url: (login) => socketUrl(places.socketDirectory, login),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      await stopProcess(pid);
      await ended;
    },
  };
}

function socketUrl(
  directory: string,
  login: { role: string; password: string; database: string },
): string {
  const [role, password, database, host] = [
    login.role,
    login.password,
    login.database,
    directory,
  ].map(encodeURIComponent);
  return `postgres://${role}:${password}@/${database}?host=${host}`;
}

/** The superuser's name, for whoever makes roles and databases. */
export { SUPERUSER };
