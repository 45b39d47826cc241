import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeDirectory, runProgram, untilStopped } from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings } from '#platform/settings';
import { createLog } from '#platform/telemetry';
import manifest from '../../../package.json' with { type: 'json' };
import { controlSettings } from './settings.ts';
import { openControl } from './wiring.ts';

/** Groups of the same settings file that other programs read. */
const FOREIGN = ['plane', 'gateway', 'sources', 'keys', 'border', 'ledger', 'up'];

async function main(run: Run): Promise<void> {
  const home = homeDirectory(process.env, process.cwd());
  const file = join(home, 'privet.yaml');
  const settings = loadSettings({
    groups: [controlSettings],
    env: process.env,
    foreignPrefixes: FOREIGN,
    ...(existsSync(file) ? { file } : {}),
  }).of(controlSettings);
  const control = await openControl({
    settings,
    directory: settings.directory === '' ? join(home, 'control') : settings.directory,
    version: manifest.version,
    log: createLog({ name: 'control', level: settings.logLevel }),
    step: run.step,
  });
  run.ready({ api: control.address });
  await untilStopped(run.stopping);
  await control.close();
}

const log = createLog({ name: 'control' });
await runProgram(main, { onProblem: (error) => log.error('stopped by a problem', { error }) });
