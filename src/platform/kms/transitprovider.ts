import { z } from 'zod';
import { base64, fromBase64, textOf, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Secret } from '#base/secret';
import type { KeyContext, KeyProvider } from './provider.ts';
import {
  callService,
  keyUnusable,
  notUnwrapped,
  serviceRefused,
  strangeAnswer,
} from './servicecall.ts';
import type { ServiceAnswer, ServiceLine } from './servicecall.ts';

export type TransitSettings = {
  readonly line: ServiceLine;
  /** Address of the server with its mount, such as `https://bao.example:8200/v1/transit`. */
  readonly mount: string;
  readonly key: string;
  readonly namespace: string | null;
  /** The token of now: an agent renews it. */
  readonly token: () => Promise<Secret>;
};

const encryptedShape = z.object({ data: z.object({ ciphertext: z.string().min(1) }) });
const decryptedShape = z.object({ data: z.object({ plaintext: z.string() }) });
const errorsShape = z.object({ errors: z.array(z.string()) });

/**
 * The transit engine of Vault or OpenBao: `encrypt` and `decrypt` of a key that never leaves it, with the context as
 * associated data (Vault from 1.9). Which of its versions wrapped a key is in the ciphertext (`vault:v2:…`), so that
 * rotating it there needs nothing here until `min_decryption_version` is raised.
 */
export function openTransitProvider(settings: TransitSettings): KeyProvider {
  const { line } = settings;
  return {
    name: line.name,
    async wrap(key, context) {
      const answer = await ask(settings, 'encrypt', {
        plaintext: base64(key),
        associated_data: associatedData(context),
      });
      const parsed = encryptedShape.safeParse(answer.body);
      if (!parsed.success) throw refusal(line.name, answer);
      return utf8(parsed.data.data.ciphertext);
    },
    async unwrap(wrapped, context) {
      const answer = await ask(settings, 'decrypt', {
        ciphertext: ciphertextOf(line.name, wrapped),
        associated_data: associatedData(context),
      });
      const parsed = decryptedShape.safeParse(answer.body);
      if (!parsed.success) throw refusal(line.name, answer);
      return fromBase64(parsed.data.data.plaintext);
    },
  };
}

async function ask(
  { line, mount, key, namespace, token }: TransitSettings,
  verb: 'encrypt' | 'decrypt',
  body: Readonly<Record<string, string>>,
): Promise<ServiceAnswer> {
  return callService(line, {
    url: `${mount}/${verb}/${encodeURIComponent(key)}`,
    method: 'POST',
    headers: {
      'x-vault-token': (await token()).reveal(),
      'x-vault-request': 'true',
      ...(namespace === null ? {} : { 'x-vault-namespace': namespace }),
    },
    body,
  });
}

function associatedData(context: KeyContext): string {
  return base64(utf8(canonicalJson(context)));
}

function ciphertextOf(name: string, wrapped: Uint8Array): string {
  try {
    return textOf(wrapped);
  } catch {
    throw notUnwrapped(name);
  }
}

/** Vault tells its errors as texts; only those that mean a key out of use are told apart from bytes that do not open. */
const KEY_OUT_OF_USE =
  /key not found|no handler for route|disallowed by policy|soft.?deleted|key.*deleted/iu;

function refusal(name: string, { status, body }: ServiceAnswer): Error {
  const errors = errorsShape.safeParse(body);
  const text = errors.success ? errors.data.errors.join('; ').slice(0, 200) : `status ${status}`;
  if (status === 403) return serviceRefused(name, text);
  if (status === 404 || KEY_OUT_OF_USE.test(text)) return keyUnusable(name, text);
  return status === 400 ? notUnwrapped(name) : strangeAnswer(name, status);
}
