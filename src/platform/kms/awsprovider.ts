import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { Problem } from '#base/problem';
import { awsTransport } from './awstransport.ts';
import type { KeyProvider } from './provider.ts';
import { regionOf } from './serviceaddress.ts';
import { keyUnusable, notUnwrapped, serviceRefused, unanswered } from './servicecall.ts';
import type { ServiceLine } from './servicecall.ts';

export type AwsSettings = {
  readonly line: ServiceLine;
  /** Key id, ARN or `alias/…`; decryption insists on this key. */
  readonly key: string;
  /** From the ARN when empty, else from the environment. */
  readonly region: string;
  /** A VPC endpoint or an emulator; the public one of the region when empty. */
  readonly endpoint: string;
};

/** Once more after a connection that was closed under us; a second silence is a silence. */
const ATTEMPTS_MAX = 2;

/**
 * AWS KMS by the official SDK: `Encrypt` and `Decrypt` with the context as encryption context, which the key's policy may
 * name and CloudTrail records. Credentials come from the SDK's own chain (roles of the machine or container first).
 */
export async function openAwsProvider(settings: AwsSettings): Promise<KeyProvider> {
  const { KMSClient, EncryptCommand, DecryptCommand } = await import('@aws-sdk/client-kms');
  const { line, key } = settings;
  const client = new KMSClient(configurationOf(settings));
  return {
    name: line.name,
    async wrap(dataKey, context) {
      const command = new EncryptCommand({
        KeyId: key,
        Plaintext: dataKey,
        EncryptionContext: context,
      });
      const { CiphertextBlob } = await client.send(command).catch(raise(line.name));
      if (CiphertextBlob === undefined) throw unanswered(line.name, new Error('no ciphertext'));
      return CiphertextBlob;
    },
    async unwrap(wrapped, context) {
      const command = new DecryptCommand({
        KeyId: key,
        CiphertextBlob: wrapped,
        EncryptionContext: context,
      });
      const { Plaintext } = await client.send(command).catch(raise(line.name));
      if (Plaintext === undefined) throw notUnwrapped(line.name);
      return Plaintext;
    },
  };
}

function configurationOf({ line, key, region, endpoint }: AwsSettings): KMSClientConfig {
  const chosen = region || regionOf(key);
  return {
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: awsTransport({ ...line, timeoutMs: line.timeoutMs / ATTEMPTS_MAX }),
    ...(chosen === '' ? {} : { region: chosen }),
    ...(endpoint === '' ? {} : { endpoint }),
  };
}

/** What each documented exception of Encrypt and Decrypt means here; all others are silence. */
const UNUSABLE = new Set([
  'DisabledException',
  'KMSInvalidStateException',
  'NotFoundException',
  'KeyUnavailableException',
  'InvalidKeyUsageException',
]);
const REFUSED = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'InvalidGrantTokenException',
  'CredentialsProviderError',
]);
const NOT_OURS = new Set([
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'ValidationException',
]);

function raise(name: string): (thrown: unknown) => never {
  return (thrown) => {
    if (thrown instanceof Problem) throw thrown;
    const kind = thrown instanceof Error ? thrown.name : '';
    if (UNUSABLE.has(kind)) throw keyUnusable(name, kind);
    if (REFUSED.has(kind)) throw serviceRefused(name, kind);
    if (NOT_OURS.has(kind)) throw notUnwrapped(name);
    throw unanswered(name, thrown);
  };
}
