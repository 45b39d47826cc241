import { homeDirectory, readNoArguments, runProgram, untilStopped } from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings, settingsFileIn } from '#platform/settings';
import { createLog } from '#platform/telemetry';
import { collectorSettings } from '#plane/collector';
import { egressSettings } from '#plane/egress';
import { exportSettings } from '#plane/exports';
import { gatewaySettings } from '#plane/gateway';
import { keySettings } from '#plane/keys';
import { ledgerSettings } from '#plane/ledger';
import { operatorSettings } from '#plane/operator';
import { sourceSettings } from '#plane/sources';
import { connectionSettings } from '#plane/connections';
import { vaultSettings } from '#plane/vault';
import { vaultApiSettings } from '#plane/vaultapi';
import { vaultQuerySettings } from '#plane/vaultquery';
import manifest from '../../../package.json' with { type: 'json' };
import { planeSettings } from './settings.ts';
import { openPlane } from './wiring.ts';

/** Groups of the same settings file that other programs read. */
const FOREIGN = ['control', 'up', 'witness'];

const USAGE = `privet plane

Runs the data plane by itself: keys, credentials, decisions and the SQL gateway.
It needs at least PRIVET_PLANE_DATABASE_URL, PRIVET_PLANE_TOKEN_FILE, PRIVET_PLANE_CONTROL_KEYS_FILE and the TLS files;
everything that can be set is in docs/configuration.md. \`privet up\` starts it with all of that chosen.
`;

async function main(run: Run): Promise<void> {
  if (readNoArguments(process.argv.slice(2), 'privet plane') === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const home = homeDirectory(process.env, process.cwd());
  const settings = loadSettings({
    groups: [
      planeSettings,
      ledgerSettings,
      egressSettings,
      exportSettings,
      keySettings,
      sourceSettings,
      vaultSettings,
      vaultApiSettings,
      vaultQuerySettings,
      connectionSettings,
      gatewaySettings,
      collectorSettings,
      operatorSettings,
    ],
    env: process.env,
    foreignPrefixes: FOREIGN,
    file: settingsFileIn(home),
  });
  const plane = await openPlane({
    settings,
    home,
    version: manifest.version,
    log: createLog({ name: 'plane', level: settings.of(planeSettings).logLevel }),
    step: run.step,
    onReload: run.onReload,
  });
  run.ready(plane.addresses);
  await untilStopped(run.stopping);
  await plane.close();
}

const log = createLog({ name: 'plane' });
await runProgram(main, { onProblem: (error) => log.error('stopped by a problem', { error }) });
