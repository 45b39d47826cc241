import { textOf, utf8 } from '#base/bytes';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import { KEY_BYTES, NONCE_BYTES, openEnvelope, sealEnvelope } from '#engines/crypto';
import type { RandomSource } from '#control/identity';

/**
 * Wraps and unwraps the data keys of control's own secrets, with a key of control's own (never one of a plane).
 * Both throw `unavailable` when the key is away, and `unwrap` throws `corrupt` for what it did not wrap.
 */
export type SecretKeys = {
  wrap(key: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>;
};

/** A secret at rest: sealed under a data key that seals nothing else. */
export type SealedSecret = { readonly wrappedKey: Uint8Array; readonly sealed: Uint8Array };
/** What a secret belongs to; bound into it, so that one put in another's place does not open. */
export type SecretPlace = { readonly channel: string; readonly version: number };

/** Seals a value under a new data key. */
export async function sealSecret(
  tools: { readonly keys: SecretKeys; readonly random: RandomSource },
  value: Secret,
  place: SecretPlace,
): Promise<SealedSecret> {
  const key = tools.random(KEY_BYTES);
  try {
    const context = contextOf(place);
    const sealed = sealEnvelope(key, {
      plaintext: utf8(value.reveal()),
      name: { scope: `channel/${place.channel}`, version: place.version },
      context,
      nonce: tools.random(NONCE_BYTES),
    });
    return { sealed, wrappedKey: await tools.keys.wrap(key, context) };
  } finally {
    key.fill(0);
  }
}

/** The value again; throws as `SecretKeys` and `openEnvelope` do. */
export async function openSecret(
  keys: SecretKeys,
  { wrappedKey, sealed }: SealedSecret,
  place: SecretPlace,
): Promise<Secret> {
  const context = contextOf(place);
  const key = await keys.unwrap(wrappedKey, context);
  try {
    return secret(textOf(openEnvelope(key, sealed, context)));
  } finally {
    key.fill(0);
  }
}

function contextOf({ channel, version }: SecretPlace): Readonly<Record<string, string>> {
  return { use: 'alert-channel', channel, version: String(version) };
}
