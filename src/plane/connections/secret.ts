import { createHash } from 'node:crypto';
import { z } from 'zod';
import { equalConstantTime, textOf, utf8 } from '#base/bytes';
import { Problem, problemFrom } from '#base/problem';
import { secret } from '#base/secret';
import type { Keyring } from '#plane/keys';
import type { Connection } from './connection.ts';
import { headerText } from './headers.ts';
import { SECRET_BYTES_MAX } from './limits.ts';
import type { TargetProof } from './target.ts';
import { checkClientCertificate } from './tlscheck.ts';

/** Whoever guesses a key in the open must have no chance. */
const INBOUND_KEY_CHARACTERS_MIN = 24;
const text = z.string().min(1).max(SECRET_BYTES_MAX);

/** The secret of a connection, as it is given once. */
export const secretShape = z.union([
  z.strictObject({ sharedKey: text }).describe('SHAREDKEY: the whole value of the header'),
  z
    .strictObject({ publicKey: text, privateKey: text })
    .describe('MTLS: certificate chain and key, PEM'),
]);
export type SecretDocument = z.infer<typeof secretShape>;

type Sealer = Pick<Keyring, 'seal' | 'open'>;

/** Seals a secret for its connection alone; throws `invalid` where the connection has no use for it. */
export async function sealSecret(
  keyring: Sealer,
  connection: Connection,
  document: SecretDocument,
): Promise<Uint8Array> {
  checkSecret(connection, document);
  const bytes = utf8(JSON.stringify(document));
  try {
    return await keyring.seal(`rolling/connection/${connection.id}`, bytes, contextOf(connection));
  } finally {
    bytes.fill(0);
  }
}

function checkSecret({ auth, direction }: Connection, document: SecretDocument): void {
  if ('sharedKey' in document) {
    if (auth !== 'shared-key') throw useless('SHAREDKEY');
    const length = headerText(document.sharedKey).length;
    if (direction === 'inbound' && length < INBOUND_KEY_CHARACTERS_MIN) {
      throw new Problem(
        'invalid',
        `\`sharedKey\` of callers expected at least ${INBOUND_KEY_CHARACTERS_MIN} characters`,
      );
    }
    return;
  }
  if (auth !== 'mtls') throw useless('MTLS');
  checkClientCertificate(document.publicKey, document.privateKey);
}

function useless(mode: string): Problem {
  return new Problem('invalid', `this secret is for a connection of \`authMode\` ${mode}`);
}

async function openSecret(
  keyring: Sealer,
  connection: Connection,
  sealed: Uint8Array | null,
): Promise<SecretDocument> {
  if (sealed === null) {
    throw new Problem('conflict', `connection \`${connection.name}\` has no secret yet`, {
      hint: '`privet vault connection secret` gives it one',
    });
  }
  try {
    const bytes = await keyring.open(new Uint8Array(sealed), contextOf(connection));
    return secretShape.parse(JSON.parse(textOf(bytes)));
  } catch (thrown) {
    const code = problemFrom(thrown).code === 'corrupt' ? 'corrupt' : 'unavailable';
    throw new Problem(code, 'the secret of the connection cannot be opened', {
      hint: 'is the key service reachable, and is it the one the secret was sealed under?',
      cause: thrown,
    });
  }
}

/** What a connection shows its target. */
export async function proofOf(
  keyring: Sealer,
  connection: Connection,
  sealed: Uint8Array | null,
): Promise<TargetProof> {
  if (connection.auth === 'none' || connection.direction === 'inbound') return { kind: 'none' };
  const document = await openSecret(keyring, connection, sealed);
  if ('sharedKey' in document) return { kind: 'key', key: secret(document.sharedKey) };
  const { publicKey: chainPem, privateKey } = document;
  return { kind: 'certificate', chainPem, keyPem: secret(privateKey) };
}

/** Whether a caller of an inbound connection showed its key; takes the same time whatever was shown. */
export async function isKey(
  keyring: Sealer,
  connection: Connection,
  { sealed, shown }: { readonly sealed: Uint8Array | null; readonly shown: string },
): Promise<boolean> {
  const document = await openSecret(keyring, connection, sealed);
  if (!('sharedKey' in document)) return false;
  return equalConstantTime(digestOf(document.sharedKey), digestOf(shown));
}

function digestOf(key: string): Uint8Array {
  return createHash('sha256').update(key, 'utf8').digest();
}

function contextOf({ id, vault }: Connection): Readonly<Record<string, string>> {
  return { purpose: 'connection-secret', connection: id, vault };
}
