import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { openWitness, openWitnessKey, serveWitness, watchedLogs } from '#control/witness';
import { formatVkey } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { endpointFrom, readCertificate } from '#platform/http';
import {
  homeDirectory,
  lockDirectory,
  readNoArguments,
  runProgram,
  untilStopped,
} from '#platform/process';
import type { Run } from '#platform/process';
import { loadSettings, settingsFileIn, prefixesOfOthers } from '#platform/settings';
import { createLog, systemClock } from '#platform/telemetry';
import { witnessSettings } from './settings.ts';

/** Groups of the same settings file that other programs read. */
const FOREIGN = prefixesOfOthers('witness');

const USAGE = `privet witness

Cosigns checkpoints of logs it watches, each only when it continues the last one (C2SP tlog-witness). Run it where whoever runs
the plane has no rights. It needs PRIVET_WITNESS_NAME and PRIVET_WITNESS_LOGS_FILE; everything that can be set is in
docs/configuration.md, how to set it up in docs/tasks/witness-a-ledger.md.
`;

const log = createLog({ name: 'witness' });

async function main(run: Run): Promise<void> {
  if (readNoArguments(process.argv.slice(2), 'privet witness') === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const home = homeDirectory(process.env, process.cwd());
  const settings = loadSettings({
    groups: [witnessSettings],
    env: process.env,
    foreignPrefixes: FOREIGN,
    file: settingsFileIn(home),
  }).of(witnessSettings);
  const directory = settings.directory === '' ? join(home, 'witness') : settings.directory;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(directory, 'a witness with this directory');
  const blobs = await openLocalBlobs(join(directory, 'kept'));
  const signer = await openWitnessKey(blobs, nameOf(settings.name));
  const { tlsCertificateFile: chainFile, tlsKeyFile: keyFile } = settings;
  const server = await serveWitness({
    witness: openWitness({
      signer,
      logs: watchedLogs(settings.logsFile, {
        name: 'witness.logsFile',
        onFault: (error) => log.warn('the file of logs cannot be read', { error }),
      }),
      blobs,
      clock: systemClock,
      onFork: (origin, file) =>
        log.error('a log does not continue what it was', {
          error: new Problem('corrupt', `log \`${origin}\` signed what does not go together`),
          file: join(directory, 'kept', file),
        }),
    }),
    at: endpointFrom(settings.listen, 'witness.listen'),
    certificate:
      chainFile === '' && keyFile === '' ? null : readCertificate({ chainFile, keyFile }),
    onFault: (error) => log.error('witness fault', { error }),
  });
  log.info('listening', { port: server.port, key: formatVkey(signer.key) });
  run.ready({ port: String(server.port) });
  await untilStopped(run.stopping);
  await server.close();
  lock.release();
}

function nameOf(name: string): string {
  if (name !== '') return name;
  throw new Problem('invalid', '`witness.name` expected a name, got none', {
    hint: 'such as `witness.example.com/w1`; it cannot be changed later',
  });
}

await runProgram(main, { onProblem: (error) => log.error('stopped by a problem', { error }) });
