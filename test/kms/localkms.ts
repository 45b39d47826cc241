import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#platform/db/testcluster';

/** Pinned: what the module proxy serves under this version does not change. */
const MODULE = 'github.com/nsmithuk/local-kms@v0.0.0-20260228092603-2a5e92d09ab6';
const BINARIES = join(tmpdir(), 'privet-go-bin');
const START_MS = 10_000;

/** The emulator of AWS KMS as a process of its own, which can be frozen, killed and started again. */
export type LocalKms = {
  readonly endpoint: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Builds the emulator by Go's module proxy; gives why not, when it cannot be had. */
export function installLocalKms(): string | null {
  if (existsSync(join(BINARIES, 'local-kms'))) return null;
  mkdirSync(BINARIES, { recursive: true });
  const env = { ...process.env, GOBIN: BINARIES };
  const { error, status } = spawnSync('go', ['install', MODULE], { env, stdio: 'ignore' });
  return error !== undefined || status !== 0 ? 'needs Go and its module proxy for local-kms' : null;
}

export async function startLocalKms(): Promise<LocalKms> {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'privet-local-kms-'));
  let child: ChildProcess;
  const start = async () => {
    const env = { PATH: process.env['PATH'] ?? '', PORT: String(port), KMS_DATA_PATH: data };
    child = spawn(join(BINARIES, 'local-kms'), [], { env, stdio: 'ignore' });
    const endMs = performance.now() + START_MS;
    while (!(await listens(port))) {
      if (performance.now() > endMs) throw new Error('local-kms did not start');
      await sleep(50);
    }
  };
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill,
    restart: start,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      rmSync(data, { recursive: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
