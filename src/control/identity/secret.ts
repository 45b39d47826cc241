import { createHash } from 'node:crypto';
import { base64url } from '#base/bytes';
import { Problem } from '#base/problem';
import type { RandomSource } from './work.ts';

/**
 * A bearer secret says what it is in its first letters, so that scanners find it when it leaks; API keys of vaults say
 * what clients of Skyflow look for.
 */
export type SecretPrefix = 'privet_pat_' | 'privet_ses_' | 'privet_pln_' | 'privet_setup_' | 'sky-';

/** 256 bits: no guess will ever hit, so its plain SHA-256 may be stored. */
const SECRET_BYTES = 32;
/** Longer than any secret of ours; bounds what a hostile header makes us hash. */
const SECRET_CHARACTERS_MAX = 128;

/** A new secret of a kind; show it once, keep only its `digestOf`. */
export function newSecret(prefix: SecretPrefix, random: RandomSource): string {
  return `${prefix}${base64url(random(SECRET_BYTES))}`;
}

/** SHA-256 of the whole secret text; throws `unauthenticated` when it is longer than any secret of ours. */
export function digestOf(secret: string): Buffer {
  if (secret.length > SECRET_CHARACTERS_MAX) {
    throw new Problem('unauthenticated', 'the token is not valid');
  }
  return createHash('sha256').update(secret, 'utf8').digest();
}
