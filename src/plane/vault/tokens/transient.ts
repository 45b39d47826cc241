import { equalConstantTime, textOf, utf8 } from '#base/bytes';
import { Problem } from '#base/problem';
import {
  CELL_OVERHEAD_BYTES,
  cellKeys,
  cellOpener,
  cellSealer,
  NONCE_HALF_BYTES,
} from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
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
  const plaintext = utf8(token);
  const out = new Uint8Array(plaintext.length + CELL_OVERHEAD_BYTES);
  const sealer = cellSealer(cellKeys(index), { nonce: random(NONCE_HALF_BYTES), subjectKey: null });
  const associated = associatedOf(digest);
  sealer.seal({ plaintext, associated, nonce: random(NONCE_HALF_BYTES) }, out);
  return out;
}

/** The text of a transient token; throws `corrupt` when the row is not what was written. */
export function openTransient(index: MaskKey, row: TransientRow): string {
  const { digest, binding, stand, sealed } = row;
  const opener = cellOpener((version) => {
    if (version === index.version) return cellKeys(index);
    throw new Problem('corrupt', 'a transient token names a key that never was');
  }, null);
  const token = textOf(opener.open(sealed, associatedOf(digest)));
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
