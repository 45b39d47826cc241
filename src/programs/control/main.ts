import { join } from 'node:path';
import { homeDirectory, readNoArguments, runProgram, untilStopped } from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings, settingsFileIn, prefixesOfOthers } from '#platform/settings';
import { createLog } from '#platform/telemetry';
import manifest from '../../../package.json' with { type: 'json' };
import { controlSettings } from './settings.ts';
import { openControl } from './wiring.ts';

/** Groups of the same settings file that other programs read. */
const FOREIGN = prefixesOfOthers('control');

const USAGE = `privet control

Runs the control plane by itself: people, catalog, policies; metadata only.
It needs at least PRIVET_CONTROL_DATABASE_URL, PRIVET_CONTROL_TLS_CERTIFICATE_FILE and PRIVET_CONTROL_TLS_KEY_FILE;
everything that can be set is in docs/configuration.md. \`privet up\` starts it with all of that chosen.
`;

async function main(run: Run): Promise<void> {
  if (readNoArguments(process.argv.slice(2), 'privet control') === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const home = homeDirectory(process.env, process.cwd());
  const settings = loadSettings({
    groups: [controlSettings],
    env: process.env,
    foreignPrefixes: FOREIGN,
    file: settingsFileIn(home),
  }).of(controlSettings);
  const control = await openControl({
    settings,
    directory: settings.directory === '' ? join(home, 'control') : settings.directory,
    version: manifest.version,
    log: createLog({ name: 'control', level: settings.logLevel }),
    step: run.step,
    onReload: run.onReload,
  });
  run.ready({ api: control.address });
  await untilStopped(run.stopping);
  await control.close();
}

const log = createLog({ name: 'control' });
await runProgram(main, { onProblem: (error) => log.error('stopped by a problem', { error }) });
