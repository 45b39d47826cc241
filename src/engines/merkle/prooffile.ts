import { base64, fromBase64 } from '#base/bytes';
import { Problem } from '#base/problem';
import { HASH_BYTES } from './hash.ts';

/** That an entry is in a log, to be checked without it (C2SP tlog-proof). */
export type ProofFile = {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The checkpoint with its signatures, as it was signed. */
  readonly checkpoint: string;
};

const FORMAT = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^63 leaves is this high; C2SP tlog-witness names the same bound. */
const PROOF_HASHES_MAX = 63;
const INDEX = /^index (?<index>0|[1-9]\d{0,15})$/u;

export function formatProofFile({ index, hashes, checkpoint }: ProofFile): string {
  return `${FORMAT}\nindex ${index}\n${hashLines(hashes)}\n${checkpoint}`;
}

/** The proof a text holds, its extra data passed over; throws `invalid` when it is none. Nothing is verified. */
export function parseProofFile(source: string): ProofFile {
  const split = source.indexOf('\n\n');
  const [format, ...lines] = source.slice(0, Math.max(split, 0)).split('\n');
  const [indexLine = '', ...hashes] =
    lines[0]?.startsWith('extra ') === true ? lines.slice(1) : lines;
  const index = INDEX.exec(indexLine)?.groups?.['index'];
  if (format !== FORMAT || index === undefined) {
    throw new Problem('invalid', `proof expected \`${FORMAT}\` and the index of an entry`);
  }
  return {
    index: Number(index),
    hashes: parseHashLines(hashes),
    checkpoint: source.slice(split + 2),
  };
}

export function hashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${base64(hash)}\n`).join('');
}

/** Hashes in base64, one a line; throws `invalid` when one is not 32 bytes or there are too many. */
export function parseHashLines(lines: readonly string[]): readonly Uint8Array[] {
  if (lines.length > PROOF_HASHES_MAX) {
    throw new Problem('invalid', `proof expected at most ${PROOF_HASHES_MAX} hashes`);
  }
  return lines.map((line) => {
    const hash = fromBase64(line);
    if (hash.length === HASH_BYTES && base64(hash) === line) return hash;
    throw new Problem('invalid', 'proof expected hashes of 32 bytes in base64, one a line');
  });
}
