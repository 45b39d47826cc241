import { z } from 'zod';
import { base64url, concat, fromBase64, textOf, utf8 } from '#base/bytes';
import { KEY_BYTES, NONCE_BYTES, openEnvelope, sealEnvelope } from '#engines/crypto';
import type { Secret } from '#base/secret';
import type { KeyProvider } from './provider.ts';
import {
  callService,
  keyUnusable,
  notUnwrapped,
  serviceRefused,
  strangeAnswer,
} from './servicecall.ts';
import type { ServiceAnswer, ServiceLine } from './servicecall.ts';

export type AzureSettings = {
  readonly line: ServiceLine;
  /** `https://<vault>.vault.azure.net` or `https://<hsm>.managedhsm.azure.net`. */
  readonly vault: string;
  readonly key: string;
  readonly algorithm: AzureAlgorithm;
  readonly token: () => Promise<Secret>;
  readonly random: (sizeBytes: number) => Uint8Array;
};

/** RSA keys of a vault, or AES keys of a managed HSM. */
export const AZURE_ALGORITHMS = ['RSA-OAEP-256', 'A256KW'] as const;
export type AzureAlgorithm = (typeof AZURE_ALGORITHMS)[number];

const API_VERSION = '7.4';
const NAME = { scope: 'kek/azure', version: 1 };
const FORMAT = 1;
/** An identifier of a key version is an address of about a hundred characters. */
const KEY_ID_BYTES_MAX = 400;

const wrappedShape = z.object({
  kid: z.string().min(1).max(KEY_ID_BYTES_MAX),
  value: z.string().min(1),
});
const errorShape = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().default(''),
    innererror: z.object({ code: z.string() }).optional(),
  }),
});

/**
 * Azure Key Vault or managed HSM: `wrapkey` and `unwrapkey` know no context, so each data key lies in an envelope of its
 * own with the context, under a fresh key that the service wraps. The wrapped bytes name the version of the service's
 * key, so that a rotation there needs nothing here.
 */
export function openAzureProvider(settings: AzureSettings): KeyProvider {
  const { line, vault, key, random } = settings;
  return {
    name: line.name,
    async wrap(dataKey, context) {
      const inner = random(KEY_BYTES);
      try {
        const answer = await ask(settings, `${vault}/keys/${key}/wrapkey`, inner);
        const { kid, value } = shapeOf(line.name, answer);
        const nonce = random(NONCE_BYTES);
        const sealed = sealEnvelope(inner, { plaintext: dataKey, name: NAME, context, nonce });
        return packed({ kid: utf8(kid), inner: fromBase64(value), sealed });
      } finally {
        inner.fill(0);
      }
    },
    async unwrap(wrapped, context) {
      const parts = unpacked(line.name, wrapped);
      const kid = keyIdOf(settings, parts.kid);
      const answer = await ask(settings, `${kid}/unwrapkey`, parts.inner);
      const inner = fromBase64(shapeOf(line.name, answer).value);
      try {
        if (inner.length !== KEY_BYTES) throw notUnwrapped(line.name);
        return openEnvelope(inner, parts.sealed, context);
      } finally {
        inner.fill(0);
      }
    },
  };
}

async function ask(
  settings: AzureSettings,
  url: string,
  value: Uint8Array,
): Promise<ServiceAnswer> {
  return callService(settings.line, {
    url: `${url}?api-version=${API_VERSION}`,
    method: 'POST',
    headers: { authorization: `Bearer ${(await settings.token()).reveal()}` },
    body: { alg: settings.algorithm, value: base64url(value) },
  });
}

function shapeOf(name: string, answer: ServiceAnswer): z.output<typeof wrappedShape> {
  const parsed = wrappedShape.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw refusal(name, answer);
}

/** The version that wrapped, which must be one of the key we were told: what lies in a table must not choose a server. */
function keyIdOf({ line, vault, key }: AzureSettings, kid: Uint8Array): string {
  const text = textIn(kid);
  if (
    text?.startsWith(`${vault}/keys/${key}/`) &&
    /^[0-9a-f]{1,64}$/u.test(text.slice(`${vault}/keys/${key}/`.length))
  )
    return text;
  throw notUnwrapped(line.name);
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    return textOf(bytes);
  } catch {
    return undefined;
  }
}

type Parts = { readonly kid: Uint8Array; readonly inner: Uint8Array; readonly sealed: Uint8Array };

/** Format, two sizes of two bytes, then the three parts (docs/formats/envelope.md). */
function packed({ kid, inner, sealed }: Parts): Uint8Array {
  const head = Uint8Array.of(
    FORMAT,
    kid.length >> 8,
    kid.length & 255,
    inner.length >> 8,
    inner.length & 255,
  );
  return concat(head, kid, inner, sealed);
}

function unpacked(name: string, bytes: Uint8Array): Parts {
  const [format = 0, kidHigh = 0, kidLow = 0, innerHigh = 0, innerLow = 0] = bytes;
  const kidEnd = 5 + ((kidHigh << 8) | kidLow);
  const innerEnd = kidEnd + ((innerHigh << 8) | innerLow);
  if (format !== FORMAT || innerEnd >= bytes.length) throw notUnwrapped(name);
  return {
    kid: bytes.subarray(5, kidEnd),
    inner: bytes.subarray(kidEnd, innerEnd),
    sealed: bytes.subarray(innerEnd),
  };
}

function refusal(name: string, { status, body }: ServiceAnswer): Error {
  const parsed = errorShape.safeParse(body);
  const code = parsed.success ? parsed.data.error.code : '';
  const inner = parsed.success ? (parsed.data.error.innererror?.code ?? '') : '';
  const text = parsed.success ? `${code} ${inner}` : `status ${status}`;
  if (status === 404 || /KeyDisabled|KeyNotFound|KeyExpired|KeyNotYetValid/u.test(text))
    return keyUnusable(name, text);
  if (status === 401 || status === 403) return serviceRefused(name, text);
  return status === 400 ? notUnwrapped(name) : strangeAnswer(name, status);
}
