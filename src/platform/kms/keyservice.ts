import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { openAwsProvider } from './awsprovider.ts';
import { azureToken } from './azurecredential.ts';
import { openAzureProvider } from './azureprovider.ts';
import { readCredential } from './credential.ts';
import { openFileProvider } from './fileprovider.ts';
import { gcpToken } from './gcpcredential.ts';
import { openGcpProvider } from './gcpprovider.ts';
import { openPkcs11Provider } from './pkcs11provider.ts';
import type { KeyProvider } from './provider.ts';
import { readServiceAddress } from './serviceaddress.ts';
import type { ServiceAddress } from './serviceaddress.ts';
import { SERVICE_TIMEOUT_MS, straightDispatcher } from './servicecall.ts';
import type { ServiceLine } from './servicecall.ts';
import { openTransitProvider } from './transitprovider.ts';

export type KeyServiceSettings = {
  /** Where the key is, as docs/tasks/choose-a-key-service.md says: `aws-kms:…`, `transit:…`, `file:…`. */
  readonly address: string;
  /** The way out for services reached by network, given the authorities to believe; straight when left out. */
  readonly dispatcher?: (authorityPem?: string) => Dispatcher;
  readonly timeoutMs?: number;
};

/** Opens the provider that an address names. A service itself is first asked when a key is wrapped or unwrapped. */
export async function openKeyService(settings: KeyServiceSettings): Promise<KeyProvider> {
  const address = readServiceAddress(settings.address);
  if (address.kind === 'file')
    return (await openFileProvider({ path: address.path, create: false })).provider;
  if (address.kind === 'pkcs11') {
    const pin = () => readCredential(address.credentialFile);
    return openPkcs11Provider({ ...address, pin, random });
  }
  return openNetworkService(address, await lineOf(address, settings));
}

type NetworkAddress = Exclude<ServiceAddress, { kind: 'file' | 'pkcs11' }>;

async function lineOf(address: NetworkAddress, settings: KeyServiceSettings): Promise<ServiceLine> {
  const { name, authorityFile } = address;
  const { dispatcher = straightDispatcher, timeoutMs = SERVICE_TIMEOUT_MS } = settings;
  const authority =
    authorityFile === null
      ? []
      : [
          await readFile(authorityFile, 'utf8').catch((cause: unknown) => {
            throw new Problem('unavailable', `authority file \`${authorityFile}\` cannot be read`, {
              cause,
            });
          }),
        ];
  return { name, dispatcher: dispatcher(...authority), timeoutMs };
}

async function openNetworkService(
  address: NetworkAddress,
  line: ServiceLine,
): Promise<KeyProvider> {
  const { credentialFile } = address;
  const file = credentialFile === null ? null : () => readCredential(credentialFile);
  switch (address.kind) {
    case 'aws-kms':
      return openAwsProvider({ ...address, line });
    case 'gcp-kms':
      return openGcpProvider({ ...address, line, token: gcpToken(line, file, Date.now) });
    case 'azure-kv': {
      const resource = address.vault.endsWith('.managedhsm.azure.net')
        ? 'https://managedhsm.azure.net'
        : 'https://vault.azure.net';
      return openAzureProvider({
        ...address,
        line,
        random,
        token: azureToken(line, { resource, file }, Date.now),
      });
    }
    case 'transit':
      return openTransitProvider({ ...address, line, token: neededFile(address.kind, file) });
    default:
      return unreachable(address);
  }
}

function neededFile(kind: string, file: (() => Promise<Secret>) | null): () => Promise<Secret> {
  if (file !== null) return file;
  throw new Problem(
    'invalid',
    `key service \`${kind}\` expected \`credential-file\` in its address`,
  );
}

function random(sizeBytes: number): Uint8Array {
  return new Uint8Array(randomBytes(sizeBytes));
}
