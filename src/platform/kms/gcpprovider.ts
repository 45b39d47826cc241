import { z } from 'zod';
import { base64, fromBase64, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Secret } from '#base/secret';
import { crc32c } from './crc32c.ts';
import type { KeyContext, KeyProvider } from './provider.ts';
import {
  callService,
  keyUnusable,
  notUnwrapped,
  serviceRefused,
  strangeAnswer,
} from './servicecall.ts';
import type { ServiceAnswer, ServiceLine } from './servicecall.ts';

export type GcpSettings = {
  readonly line: ServiceLine;
  /** `https://cloudkms.googleapis.com`, or a regional or private address of it. */
  readonly endpoint: string;
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…`. */
  readonly key: string;
  readonly token: () => Promise<Secret>;
};

/** Checksums come as decimal texts (int64 in JSON). */
const checksum = z.union([z.string(), z.number()]).transform(Number);
const encryptedShape = z.object({
  ciphertext: z.string().min(1),
  ciphertextCrc32c: checksum,
  verifiedPlaintextCrc32c: z.literal(true),
  verifiedAdditionalAuthenticatedDataCrc32c: z.literal(true),
});
const decryptedShape = z.object({ plaintext: z.string(), plaintextCrc32c: checksum });
const errorShape = z.object({ error: z.object({ status: z.string(), message: z.string() }) });

/**
 * Google Cloud KMS, version 1 of its REST API: `encrypt` and `decrypt` of a symmetric key with the context as additional
 * authenticated data, and CRC-32C both ways as Google asks for. The ciphertext names the version that made it.
 */
export function openGcpProvider(settings: GcpSettings): KeyProvider {
  const { name } = settings.line;
  return {
    name,
    async wrap(key, context) {
      const answer = await ask(settings, 'encrypt', {
        ...field('plaintext', key),
        ...authenticated(context),
      });
      const parsed = encryptedShape.safeParse(answer.body);
      if (!parsed.success) throw refusal(name, answer);
      const wrapped = fromBase64(parsed.data.ciphertext);
      if (crc32c(wrapped) !== parsed.data.ciphertextCrc32c)
        throw strangeAnswer(name, answer.status);
      return wrapped;
    },
    async unwrap(wrapped, context) {
      const answer = await ask(settings, 'decrypt', {
        ...field('ciphertext', wrapped),
        ...authenticated(context),
      });
      const parsed = decryptedShape.safeParse(answer.body);
      if (!parsed.success) throw refusal(name, answer);
      const key = fromBase64(parsed.data.plaintext);
      if (crc32c(key) !== parsed.data.plaintextCrc32c) throw strangeAnswer(name, answer.status);
      return key;
    },
  };
}

async function ask(
  { line, endpoint, key, token }: GcpSettings,
  verb: 'encrypt' | 'decrypt',
  body: Readonly<Record<string, string>>,
): Promise<ServiceAnswer> {
  return callService(line, {
    url: `${endpoint}/v1/${key}:${verb}`,
    method: 'POST',
    headers: { authorization: `Bearer ${(await token()).reveal()}` },
    body,
  });
}

function authenticated(context: KeyContext): Readonly<Record<string, string>> {
  return field('additionalAuthenticatedData', utf8(canonicalJson(context)));
}

function field(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  return { [name]: base64(bytes), [`${name}Crc32c`]: String(crc32c(bytes)) };
}

function refusal(name: string, { status, body }: ServiceAnswer): Error {
  const parsed = errorShape.safeParse(body);
  const reason = parsed.success ? parsed.data.error.status : '';
  const text = parsed.success
    ? `${reason}: ${parsed.data.error.message.slice(0, 200)}`
    : `status ${status}`;
  if (status === 401 || status === 403) return serviceRefused(name, text);
  if (status === 404 || reason === 'FAILED_PRECONDITION') return keyUnusable(name, text);
  return reason === 'INVALID_ARGUMENT' ? notUnwrapped(name) : strangeAnswer(name, status);
}
