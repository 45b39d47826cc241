import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Problem } from '#base/problem';
import { openPool } from '../pool.ts';
import type { Pool } from '../pool.ts';
import {
  chooseBinaries,
  preparePrograms,
  programFailure,
  runCommand,
  serverAccount,
  spawnIdentity,
} from '../server/mod.ts';
import type { Programs } from '../server/mod.ts';
import { freePort } from './freeport.ts';
import { cachedTemplate } from './template.ts';

export type TestClusterOptions = {
  /** Also listen on 127.0.0.1 (a free port), where passwords are asked for with SCRAM. */
  readonly tcp?: boolean;
  /** Server settings, such as `{ ssl: 'on' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Only this major version of PostgreSQL. */
  readonly major?: number;
};

export type TestDatabase = {
  readonly name: string;
  /** Connection string of the superuser over the unix socket. */
  readonly url: string;
  /** Connection string of its owner, a role that has this database and nothing else: what a program is run as. */
  readonly ownerUrl: string;
  readonly pool: Pool;
};

export type TestCluster = {
  /** Directory of the unix socket, good as `host`. */
  readonly socketDirectory: string;
  /** Number of the unix socket, and of the TCP port when `tcp` was asked for. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly superuser: string;
  /** As the server says it, such as `15.18`. */
  readonly version: string;
  /** Connection string over the unix socket, where every role is trusted without password. */
  url(database?: string, role?: string): string;
  /** A new empty database with a pool that `stop` ends. */
  createDatabase(): Promise<TestDatabase>;
  /** Ends the pools, stops the server and removes everything it wrote. */
  stop(): Promise<void>;
};

const SUPERUSER = 'postgres';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;

/** Durability is worth nothing to a test, and time is. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '32MB',
  max_connections: '100',
};

/**
 * Runs the server and waits for the end of standard input, which comes when the test process ends in any way at all;
 * then stops the server and removes its directory.
 */
const KEEPER = `
root="$1"; shift
"$@" </dev/null >"$root/log" 2>&1 &
server=$!
trap '' INT HUP TERM
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$root"
`;

/** Starts a cluster of its own on a unix socket; about 0.3 s once the template is cached. Throws `unavailable`. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const account = serverAccount();
  const root = mkdtempSync(join(tmpdir(), 'privet-pg-'));
  if (account.kind === 'other') chownSync(root, account.uid, account.gid);
  const binaries = chooseBinaries({ major: options.major });
  const programs = preparePrograms(binaries, {
    account,
    workDirectory: `${tmpdir()}/privet-test-programs-${process.getuid?.() ?? 0}`,
  });
  const template = await cachedTemplate(programs, SUPERUSER);
  const dataDirectory = join(root, 'data');
  await runCommand('cp', {
    args: ['-R', '-p', template, dataDirectory],
    cwd: root,
    account,
    env: programs.env,
  });
  const port = options.tcp === true ? await freePort() : 5432;
  const keeper = launch({ programs, root, dataDirectory, port, options });
  await untilReady(root, keeper);
  return handle({ root, dataDirectory, port, keeper, version: binaries.version });
}

type Launch = {
  readonly programs: Programs;
  readonly root: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly options: TestClusterOptions;
};

function launch({ programs, root, dataDirectory, port, options }: Launch): ChildProcess {
  const settings = {
    ...FAST,
    listen_addresses: options.tcp === true ? '127.0.0.1' : '',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = [
    join(programs.directory, 'postgres'),
    '-D',
    dataDirectory,
    '-k',
    root,
    '-p',
    String(port),
    ...args,
  ];
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', root, ...server], {
    cwd: root,
    env: { ...programs.env },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // or the terminal's Ctrl-C would reach the server before the test has cleaned up
    ...spawnIdentity(programs.account),
  });
  keeper.unref();
  return keeper;
}

/** The last line of the server's own lock file says `ready` (PostgreSQL miscadmin.h, LOCK_FILE_LINE_PM_STATUS). */
async function untilReady(root: string, keeper: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (
      textOf(join(root, 'data', 'postmaster.pid'))
        .split('\n')[7]
        ?.startsWith('ready') === true
    )
      return;
    const log = textOf(join(root, 'log'));
    if (/FATAL|PANIC/u.test(log) || keeper.exitCode !== null) {
      keeper.stdin?.end();
      throw programFailure('postgres', log);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  keeper.stdin?.end();
  throw new Problem('unavailable', `test cluster expected to be ready in ${START_TIMEOUT_MS} ms`);
}

function handle(started: {
  readonly root: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly keeper: ChildProcess;
  readonly version: string;
}): TestCluster {
  const { root, dataDirectory, port, keeper, version } = started;
  const pools: Pool[] = [];
  let created = 0;
  const url = (database = 'postgres', role = SUPERUSER) =>
    `postgres://${encodeURIComponent(role)}@/${encodeURIComponent(database)}?host=${encodeURIComponent(root)}&port=${port}`;
  return {
    socketDirectory: root,
    port,
    dataDirectory,
    superuser: SUPERUSER,
    version,
    url,
    async createDatabase() {
      const name = `test_${++created}`;
      const client = new Client({ connectionString: url() });
      await client.connect();
      const owner = `${name}_owner`;
      await client.query(`create role ${owner} login`);
      await client.query(`create database ${name} owner ${owner}`);
      await client.end();
      const pool = openPool({ url: url(name), name: 'test' });
      pools.push(pool);
      return { name, url: url(name), ownerUrl: url(name, owner), pool };
    },
    async stop() {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      if (keeper.exitCode !== null || keeper.signalCode !== null) return;
      const gone = new Promise((resolve) => keeper.once('exit', resolve));
      keeper.ref();
      keeper.stdin?.end();
      await gone;
      // The keeper has emptied it, but as another account it may not remove the directory from a sticky /tmp.
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
