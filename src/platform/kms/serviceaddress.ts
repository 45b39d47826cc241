import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { AZURE_ALGORITHMS } from './azureprovider.ts';
import type { AzureAlgorithm } from './azureprovider.ts';

/** Files that every service reached by network may name. */
type Files = {
  /** Token, PIN or JSON; mode 0600, read anew for every use. */
  readonly credentialFile: string | null;
  /** PEM of the authorities to believe; those of the system when null. */
  readonly authorityFile: string | null;
};

/** Where a key is, as the setting says it; `name` is what the key table remembers. */
export type ServiceAddress =
  | { readonly kind: 'file'; readonly path: string }
  | (Files & {
      readonly kind: 'aws-kms';
      readonly name: string;
      readonly key: string;
      readonly region: string;
      readonly endpoint: string;
    })
  | (Files & {
      readonly kind: 'gcp-kms';
      readonly name: string;
      readonly key: string;
      readonly endpoint: string;
    })
  | (Files & {
      readonly kind: 'azure-kv';
      readonly name: string;
      readonly vault: string;
      readonly key: string;
      readonly algorithm: AzureAlgorithm;
    })
  | (Files & {
      readonly kind: 'transit';
      readonly name: string;
      readonly mount: string;
      readonly key: string;
      readonly namespace: string | null;
    })
  | {
      readonly kind: 'pkcs11';
      readonly name: string;
      readonly modulePath: string;
      readonly token: string;
      readonly key: string;
      readonly credentialFile: string;
    };

const GCP = 'https://cloudkms.googleapis.com';
const FILES = ['credential-file', 'authority-file'];
const EXAMPLES: Readonly<Record<ServiceAddress['kind'], string>> = {
  file: 'file:/etc/privet/master.key',
  'aws-kms': 'aws-kms:arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  'gcp-kms': 'gcp-kms:projects/p/locations/europe-west1/keyRings/privet/cryptoKeys/plane',
  'azure-kv': 'azure-kv:https://example.vault.azure.net/keys/privet',
  transit: 'transit:https://bao.example:8200/transit/privet?credential-file=/run/privet/bao-token',
  pkcs11:
    'pkcs11:token=privet;object=kek?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/privet/pin',
};

/** Reads the address of a key (docs/tasks/choose-a-key-service.md); throws `invalid` with an example of its kind. */
export function readServiceAddress(text: string): ServiceAddress {
  const [, kind = '', path = '', query = ''] =
    /^([a-z0-9-]+):([^?]+)(?:\?(.*))?$/u.exec(text) ?? [];
  const asked = { path, query: new URLSearchParams(query) };
  switch (kind) {
    case 'file':
      known(kind, asked, []);
      if (!path.startsWith('/')) throw wrong(kind, 'an absolute path');
      return { kind, path };
    case 'aws-kms':
      known(kind, asked, [...FILES, 'region', 'endpoint']);
      if (!/^[A-Za-z0-9:/_-]{1,2048}$/u.test(path)) throw wrong(kind, 'a key id, arn or alias');
      return {
        kind,
        name: `aws-kms/${path}`,
        key: path,
        region: asked.query.get('region') ?? '',
        endpoint: originIn(kind, asked.query.get('endpoint')) ?? '',
        ...filesOf(asked),
      };
    case 'gcp-kms':
      known(kind, asked, [...FILES, 'endpoint']);
      if (!/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/u.test(path))
        throw wrong(kind, 'the resource name of a key');
      return {
        kind,
        name: `gcp-kms/${path}`,
        key: path,
        endpoint: originIn(kind, asked.query.get('endpoint')) ?? GCP,
        ...filesOf(asked),
      };
    case 'azure-kv':
      return azureAddress(asked);
    case 'transit':
      return transitAddress(asked);
    case 'pkcs11':
      return pkcs11Address(asked);
    default:
      throw new Problem(
        'invalid',
        `key service expected one of ${Object.keys(EXAMPLES).join(', ')}, got \`${kind}\``,
        { hint: `such as \`${EXAMPLES['aws-kms']}\`` },
      );
  }
}

/** A place that a service must be reached at. */
export type ServicePlace = { readonly host: string; readonly port: number };

const HTTPS_PORT = 443;
const GCP_TOKENS = 'https://oauth2.googleapis.com';
const AZURE_TOKENS = 'https://login.microsoftonline.com';

/** Where an address leads over the network, so that the plane's egress can be told; `region` when the address has none. */
export function servicePlaces(text: string, region: string): readonly ServicePlace[] {
  const address = readServiceAddress(text);
  switch (address.kind) {
    case 'file':
    case 'pkcs11':
      return [];
    case 'aws-kms':
      return [placeOf(address.endpoint || awsEndpoint(address, region))];
    case 'gcp-kms':
      return [address.endpoint, ...(address.credentialFile === null ? [] : [GCP_TOKENS])].map(
        placeOf,
      );
    case 'azure-kv':
      return [address.vault, ...(address.credentialFile === null ? [] : [AZURE_TOKENS])].map(
        placeOf,
      );
    case 'transit':
      return [placeOf(address.mount)];
    default:
      return unreachable(address);
  }
}

/** The SDK's own choice for the region. */
function awsEndpoint(
  address: { readonly key: string; readonly region: string },
  fallback: string,
): string {
  const region = address.region || regionOf(address.key) || fallback;
  return `https://kms.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The region an ARN names; empty for other key ids. */
export function regionOf(key: string): string {
  return /^arn:[^:]+:kms:(?<region>[^:]+):/u.exec(key)?.groups?.['region'] ?? '';
}

function placeOf(address: string): ServicePlace {
  const { hostname, port } = new URL(address);
  return {
    host: hostname.replace(/^\[(?<inner>.*)\]$/u, '$<inner>'),
    port: port === '' ? HTTPS_PORT : Number(port),
  };
}

type Asked = { readonly path: string; readonly query: URLSearchParams };

function azureAddress(asked: Asked): ServiceAddress {
  const kind = 'azure-kv';
  known(kind, asked, [...FILES, 'algorithm']);
  const [, origin, key] =
    /^([a-z]+:\/\/[^/]+)\/keys\/([0-9A-Za-z-]{1,127})$/u.exec(asked.path) ?? [];
  if (key === undefined) throw wrong(kind, 'the address of a key without its version');
  const vault = originIn(kind, origin ?? null) ?? '';
  const given = asked.query.get('algorithm') ?? 'RSA-OAEP-256';
  const algorithm = AZURE_ALGORITHMS.find((one) => one === given);
  if (algorithm === undefined) throw wrong(kind, `algorithm ${AZURE_ALGORITHMS.join(' or ')}`);
  return {
    kind,
    name: `azure-kv/${new URL(vault).host}/${key}`,
    vault,
    key,
    algorithm,
    ...filesOf(asked),
  };
}

function transitAddress(asked: Asked): ServiceAddress {
  const kind = 'transit';
  known(kind, asked, [...FILES, 'namespace']);
  const [, origin, mount, key] =
    /^([a-z]+:\/\/[^/]+)\/([\w./-]+)\/([\w.-]+)$/u.exec(asked.path) ?? [];
  if (mount === undefined || key === undefined) throw wrong(kind, 'server, mount and key');
  const server = originIn(kind, origin ?? null) ?? '';
  return {
    kind,
    name: `transit/${new URL(server).host}/${mount}/${key}`,
    mount: `${server}/v1/${mount}`,
    key,
    namespace: asked.query.get('namespace'),
    ...filesOf(asked),
  };
}

/** RFC 7512, of which `token`, `object`, `module-path` and `pin-source` are needed. */
function pkcs11Address(asked: Asked): ServiceAddress {
  const kind = 'pkcs11';
  known(kind, asked, ['module-path', 'pin-source']);
  const parts = new Map(
    asked.path.split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))];
    }),
  );
  const [token = '', key = ''] = [parts.get('token'), parts.get('object')];
  const modulePath = asked.query.get('module-path') ?? '';
  const credentialFile = (asked.query.get('pin-source') ?? '').replace(/^file:(?:\/\/)?/u, '');
  if (token === '' || key === '' || parts.size !== 2) throw wrong(kind, 'token and object');
  if (!modulePath.startsWith('/') || !credentialFile.startsWith('/'))
    throw wrong(kind, 'module-path and pin-source as absolute paths');
  return {
    kind,
    name: `pkcs11/${encodeURIComponent(token)}/${encodeURIComponent(key)}`,
    modulePath,
    token,
    key,
    credentialFile,
  };
}

function filesOf({ query }: Asked): Files {
  return {
    credentialFile: query.get('credential-file'),
    authorityFile: query.get('authority-file'),
  };
}

/** Scheme, host and port; plain http only to this machine, where an agent or an emulator listens. */
function originIn(kind: ServiceAddress['kind'], text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  const local = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && local)))
    throw wrong(kind, 'an https address');
  return url.origin;
}

function known(kind: ServiceAddress['kind'], { query }: Asked, names: readonly string[]): void {
  for (const name of query.keys()) {
    if (!names.includes(name)) throw wrong(kind, `no parameters but ${names.join(', ') || 'none'}`);
  }
}

function wrong(kind: ServiceAddress['kind'], expected: string): Problem {
  return new Problem('invalid', `address of key service \`${kind}\` expected ${expected}`, {
    hint: `such as \`${EXAMPLES[kind]}\``,
  });
}
