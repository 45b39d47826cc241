/**
 * How long the offline verifier takes over a log of a million leaves (or as many as the first argument says), as a whole
 * process. Target: 10 s.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLog } from '../test/stand/log.ts';

const RUNS = 3;
const leaves = Number(process.argv[2] ?? 1_000_000);
const directory = mkdtempSync(join(tmpdir(), 'privet-verify-bench-'));
const main = new URL('../verify/main.ts', import.meta.url).pathname;

makeLog(directory, { leaves, earlier: [Math.floor(leaves / 2)] });
const at = (name: string) => join(directory, name);
const given = ['--log', directory, '--policy', at('policy'), '--key-trail', at('trail')];
const seconds = Array.from({ length: RUNS }, () => {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [main, ...given], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - startMs) / 1_000;
}).sort((left, right) => left - right);
rmSync(directory, { recursive: true });
process.stdout.write(
  `| verifier, ${leaves} leaves with trail | ${seconds.map((one) => one.toFixed(1)).join(' / ')} s | ≤ 10 s |\n`,
);
