import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#platform/db/testcluster';

/** Pinned: an emulator of AWS services, of which S3 with Object Lock is used here. */
const PACKAGE = 'moto[server,s3]==5.2.1';
const HOME = join(tmpdir(), 'privet-moto-5.2.1');
const PROGRAM = join(HOME, 'bin', 'moto_server');
const START_MS = 60_000;

export type Moto = { readonly endpoint: string; stop(): Promise<void> };

/** Installs the emulator from PyPI; gives why not, when it cannot be had. */
export function installMoto(): string | null {
  if (existsSync(PROGRAM)) return null;
  const quiet = { stdio: 'ignore', timeout: 180_000 } as const;
  const made = spawnSync('python3', ['-m', 'venv', HOME], quiet);
  const pip = [join(HOME, 'bin', 'pip'), ['install', '--quiet', PACKAGE], quiet] as const;
  const fine = made.status === 0 && spawnSync(...pip).status === 0 && existsSync(PROGRAM);
  return fine ? null : 'needs Python and PyPI for moto';
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(PROGRAM, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const endMs = performance.now() + START_MS;
  while (!(await answers(endpoint))) {
    if (performance.now() > endMs) throw new Error('moto did not start');
    await sleep(100);
  }
  return {
    endpoint,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/moto-api/`)).ok;
  } catch {
    return false;
  }
}
