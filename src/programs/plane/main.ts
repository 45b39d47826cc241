import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeDirectory, runProgram, untilStopped } from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings } from '#platform/settings';
import { createLog } from '#platform/telemetry';
import manifest from '../../../package.json' with { type: 'json' };
import { planeSettings } from './settings.ts';
import { openPlane } from './wiring.ts';

/** Groups of the same settings file that other programs read. */
const FOREIGN = ['control', 'gateway', 'up'];

async function main(run: Run): Promise<void> {
  const home = homeDirectory(process.env, process.cwd());
  const file = join(home, 'privet.yaml');
  const settings = loadSettings({
    groups: [planeSettings],
    env: process.env,
    foreignPrefixes: FOREIGN,
    ...(existsSync(file) ? { file } : {}),
  }).of(planeSettings);
  const plane = await openPlane({
    settings,
    directory: settings.directory === '' ? join(home, 'plane') : settings.directory,
    version: manifest.version,
    log: createLog({ name: 'plane', level: settings.logLevel }),
    step: run.step,
  });
  run.ready(plane.addresses);
  await untilStopped(run.stopping);
  await plane.close();
}

const log = createLog({ name: 'plane' });
await runProgram(main, { onProblem: (error) => log.error('stopped by a problem', { error }) });
