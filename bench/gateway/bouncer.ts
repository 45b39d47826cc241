import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from '../../test/stand/wire.ts';

/** A PgBouncer before one database, or why there is none. */
export type Bouncer =
  | {
      readonly kind: 'running';
      readonly version: string;
      readonly door: Door;
      stop(): Promise<void>;
    }
  | { readonly kind: 'absent'; readonly reason: string };

/** Where Debian's package puts it. */
const PROGRAM = '/usr/sbin/pgbouncer';
const START_MS_MAX = 5_000;

/** Starts PgBouncer in session mode, with no TLS and SCRAM on neither side's way (a proxy's log-in is not measured). */
export async function startBouncer(door: Door): Promise<Bouncer> {
  const asked = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  if (asked.status !== 0) return { kind: 'absent', reason: `\`${PROGRAM}\` is not installed` };
  const folder = mkdtempSync(join(tmpdir(), 'privet-bouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, settingsOf(door, port));
  const account = process.getuid?.() === 0 ? nobody() : {};
  const child = spawn(PROGRAM, ['-q', file], { stdio: 'ignore', ...account });
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill('SIGQUIT');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await answers(port))) {
    await stop();
    return { kind: 'absent', reason: `\`${PROGRAM}\` did not start` };
  }
  const version = asked.stdout.split('\n')[0] ?? '';
  return {
    kind: 'running',
    version,
    door: { ...door, host: '127.0.0.1', port, database: 'bench' },
    stop,
  };
}

function settingsOf(door: Door, port: number): string {
  return `[databases]
bench = host=${door.host} port=${door.port} dbname=${door.database} user=${door.user} password=${door.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 100
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
`;
}

/** PgBouncer refuses to run as root. */
function nobody(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

async function answers(port: number): Promise<boolean> {
  for (const end = Date.now() + START_MS_MAX; Date.now() < end; await sleep(50)) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return true;
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}
