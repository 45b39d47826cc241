import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Door } from '../../test/stand/wire.ts';

const run = promisify(execFile);

/** One way to run pgbench; the script is what it sends over and over. */
export type Workload = {
  readonly script: string;
  readonly mode: 'simple' | 'prepared';
  readonly clients: number;
  readonly seconds: number;
};

export type Throughput = { readonly tps: number; readonly latencyMs: number };

/** Where Debian puts it, or on the path. */
const PROGRAM =
  ['/usr/lib/postgresql/15/bin/pgbench', 'pgbench'].find(
    (program) => spawnSync(program, ['--version']).status === 0,
  ) ?? null;

/** Why pgbench cannot be run here, or null when it can. */
export const pgbenchMissing = PROGRAM === null ? '`pgbench` is not installed' : null;

/** Runs pgbench against a door; throws with its message where a statement fails. */
export async function pgbench(door: Door, work: Workload): Promise<Throughput> {
  const { host, port, user, password, database } = door;
  const { mode, clients, seconds } = work;
  const numbers = { p: port, c: clients, j: 1, T: seconds };
  const args = Object.entries(numbers).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const folder = mkdtempSync(join(tmpdir(), 'privet-pgbench-'));
  const file = join(folder, 'script.sql');
  writeFileSync(file, work.script);
  const { stdout, stderr } = await run(
    PROGRAM ?? 'pgbench',
    ['-n', '-h', host, '-U', user, '-M', mode, '-f', file, ...args, database],
    { env: { PATH: process.env['PATH'], PGPASSWORD: password, PGSSLMODE: 'disable' } },
  ).finally(() => rmSync(folder, { recursive: true }));
  const tps = Number(/tps = ([\d.]+)/u.exec(stdout)?.[1]);
  const latencyMs = Number(/latency average = ([\d.]+)/u.exec(stdout)?.[1]);
  const failed = Number(/number of failed transactions: (\d+)/u.exec(stdout)?.[1] ?? 0);
  if (!(tps > 0) || failed > 0 || stderr.includes('aborted'))
    throw new Error(`pgbench failed: ${stderr}`);
  return { tps, latencyMs };
}
