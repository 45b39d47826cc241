import { Problem } from '#base/problem';
import {
  CELL_OVERHEAD_BYTES,
  cellKeys,
  cellOpener,
  cellSealer,
  NONCE_HALF_BYTES,
} from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';

/** What a vault seals that is no value of a record, and what it is good for. */
type Sealing = {
  readonly plaintext: Uint8Array;
  readonly associated: Uint8Array;
  readonly random: (sizeBytes: number) => Uint8Array;
};

/** Seals something small as a cell of its own, under the vault's key for digests; `CELL_OVERHEAD_BYTES` longer than it was. */
export function sealUnderIndex(
  index: MaskKey,
  { plaintext, associated, random }: Sealing,
): Uint8Array {
  const out = new Uint8Array(plaintext.length + CELL_OVERHEAD_BYTES);
  const sealer = cellSealer(cellKeys(index), { nonce: random(NONCE_HALF_BYTES), subjectKey: null });
  sealer.seal({ plaintext, associated, nonce: random(NONCE_HALF_BYTES) }, out);
  return out;
}

/** What was sealed; throws `corrupt` for what was not sealed so, for this. */
export function openUnderIndex(
  index: MaskKey,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const opener = cellOpener((version) => {
    if (version === index.version) return cellKeys(index);
    throw new Problem('corrupt', 'what was sealed names a key that never was');
  }, null);
  return opener.open(sealed, associated);
}
