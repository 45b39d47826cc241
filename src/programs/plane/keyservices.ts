import { join } from 'node:path';
import {
  openFileProvider,
  openKeyService,
  SERVICE_ANSWER_BYTES_MAX,
  SERVICE_CONNECTIONS_MAX,
  servicePlaces,
} from '#platform/kms';
import type { KeyProvider } from '#platform/kms';
import type { Settings } from '#platform/settings';
import type { Log } from '#platform/telemetry';
import { egressDispatcher } from '#plane/egress';
import type { Egress } from '#plane/egress';
import { keySettings } from '#plane/keys';

/** How the plane calls its key service. */
const KEYS = { workload: 'keys', purpose: 'key-service' } as const;

/** The one that wraps, and those that wrapped before. */
export type KeyServices = {
  readonly provider: KeyProvider;
  readonly formerProviders: readonly KeyProvider[];
};

type Ground = { readonly settings: Settings; readonly directory: string; readonly log: Log };

export async function openKeyServices(ground: Ground, egress: Egress): Promise<KeyServices> {
  const { service, formerServices } = ground.settings.of(keySettings);
  const dispatcher = (ca?: string) =>
    egressDispatcher(egress, {
      ...KEYS,
      ...(ca === undefined ? {} : { tls: { ca } }),
      responseBytesMax: SERVICE_ANSWER_BYTES_MAX,
      connectionsMax: SERVICE_CONNECTIONS_MAX,
    });
  const open = (address: string) => openKeyService({ address, dispatcher });
  return {
    provider: service === '' ? await openMasterKeyFile(ground) : await open(service),
    formerProviders: await Promise.all(formerServices.map(open)),
  };
}

/** Rules for the addresses that the settings name: who runs the plane has said where it goes. */
export function keyServiceRules(settings: Settings) {
  const { service, formerServices } = settings.of(keySettings);
  const region = process.env['AWS_REGION'] ?? '';
  const places = [service, ...formerServices]
    .filter((address) => address !== '')
    .flatMap((address) => servicePlaces(address, region));
  const networks = ['private', 'loopback'];
  const rules = places.map((place) => ({ ...KEYS, ...place, networks, expiresAtMs: null }));
  return Object.fromEntries(rules.map((rule, i) => [`key-service-${i + 1}`, rule]));
}

/** Without a setting the key is a file of ours, made on first start; a file that was named must be there. */
async function openMasterKeyFile({ settings, directory, log }: Ground): Promise<KeyProvider> {
  const { masterKeyFile } = settings.of(keySettings);
  const opened = await openFileProvider(
    masterKeyFile === ''
      ? { path: join(directory, 'master.key'), create: true }
      : { path: masterKeyFile, create: false },
  );
  log.warn(opened.warning);
  return opened.provider;
}
