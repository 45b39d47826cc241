import { equalConstantTime, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import type { MaskKey } from '#engines/crypto';
import { openUnderIndex, sealUnderIndex } from '../keys/indexseal.ts';
import { bindToken, tokenNames } from './tokenname.ts';
import type { TransientRow } from './tokentable.ts';

/**
 * The texts of transient tokens. No record holds them, so that they are sealed beside their digest: a vault that moves takes them
 * along. The key is the vault's for digests, which they stand under as well, and they are gone with their time.
 */

type Sealing = {
  readonly index: MaskKey;
  readonly random: (sizeBytes: number) => Uint8Array;
};

export function sealTransient(
  { index, random }: Sealing,
  digest: Uint8Array,
  token: string,
): Uint8Array {
  const associated = associatedOf(digest);
  return sealUnderIndex(index, { plaintext: utf8(token), associated, random });
}

/** The text of a transient token; throws `corrupt` when the row is not what was written. */
export function openTransient(index: MaskKey, row: TransientRow): string {
  const { digest, binding, stand, sealed } = row;
  const token = textOf(openUnderIndex(index, sealed, associatedOf(digest)));
  const names = tokenNames(index, token);
  if (
    equalConstantTime(names.digest, digest) &&
    equalConstantTime(bindToken(names.secret, stand), binding)
  )
    return token;
  throw new Problem('corrupt', 'a transient token is not what was written');
}

function associatedOf(digest: Uint8Array): Uint8Array {
  return Buffer.concat([utf8('privet/vault/transient-token/v1\n'), digest]);
}
