import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { openWitness, openWitnessKey, serveWitness, watchedLogs } from '#control/witness';
import { formatVkey } from '#engines/merkle';
import { openLocalBlobs } from '#platform/blob';
import { endpointFrom } from '#platform/http';
import type { ServerCertificate } from '#platform/http';
import type { Opened } from '#platform/process';
import type { SettingValues } from '#platform/settings';
import { systemClock } from '#platform/telemetry';
import type { Health, Log } from '#platform/telemetry';
import type { controlSettings } from './settings.ts';

type Ground = {
  readonly settings: SettingValues<typeof controlSettings>;
  readonly directory: string;
  readonly log: Log;
};

type Door = { readonly certificate: ServerCertificate; readonly health: Health };

/**
 * Control as a witness of its planes: the same as `privet witness`, with a key and a directory of its own, so that whoever runs control
 * vouches for what they saw of each log. A log that forked makes control unwell until somebody has looked and starts it again.
 */
export async function openControlWitness(
  { settings, directory: home, log }: Ground,
  { certificate, health }: Door,
  opened: Opened,
): Promise<void> {
  const { witnessListen, witnessName, witnessLogsFile } = settings;
  if (witnessListen === '') return;
  if (witnessName === '') {
    throw new Problem('invalid', '`control.witnessName` expected a name, got none', {
      hint: 'such as `control.example.com/w1`; it cannot be changed later',
    });
  }
  const directory = join(home, 'witness');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const blobs = await openLocalBlobs(directory);
  const signer = await openWitnessKey(blobs, witnessName);
  let forked: Problem | null = null;
  const server = await serveWitness({
    witness: openWitness({
      signer,
      logs: watchedLogs(witnessLogsFile, {
        name: 'control.witnessLogsFile',
        onFault: (error) => log.warn('the file of logs cannot be read', { error }),
      }),
      blobs,
      clock: systemClock,
      onFork: (origin, file) => {
        forked = new Problem('corrupt', `log \`${origin}\` signed what does not go together`);
        log.error('a log does not continue what it was', {
          error: forked,
          file: join(directory, file),
        });
      },
    }),
    at: endpointFrom(witnessListen, 'control.witnessListen'),
    certificate,
    onFault: (error) => log.error('witness fault', { error }),
  });
  opened.push(() => server.close());
  health.add('ready', 'witness', () => {
    if (forked !== null) throw forked;
  });
  log.info('witness listening', { port: server.port, key: formatVkey(signer.key) });
}
