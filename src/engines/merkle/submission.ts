import { equalConstantTime } from '#base/bytes';
import { Problem } from '#base/problem';
import { parseCheckpoint, signedBy } from './checkpoint.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { emptyRoot } from './hash.ts';
import type { NoteKey } from './notekey.ts';
import { hashLines, parseHashLines } from './prooffile.ts';
import { provesConsistency } from './proof.ts';
import type { TreeHead } from './proof.ts';

/** What a log asks of a witness (C2SP tlog-witness, add-checkpoint). */
export type Submission = {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly signed: SignedCheckpoint;
};

export function formatSubmission(request: {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
}): string {
  return `old ${request.oldSize}\n${hashLines(request.proof)}\n${request.checkpoint}`;
}

const OLD = /^old (?<size>0|[1-9]\d{0,15})$/u;

/** The submission that a body is; throws `invalid` when it is none. */
export function parseSubmission(body: string): Submission {
  const split = body.indexOf('\n\n');
  const [old = '', ...lines] = body.slice(0, Math.max(split, 0)).split('\n');
  const size = OLD.exec(old)?.groups?.['size'];
  if (size === undefined || !Number.isSafeInteger(Number(size))) {
    throw new Problem(
      'invalid',
      'submission expected a line `old <size>`, a proof and a checkpoint',
    );
  }
  return {
    oldSize: Number(size),
    proof: parseHashLines(lines),
    signed: parseCheckpoint(body.slice(split + 2)),
  };
}

/** What a witness does with a submission; only `cosign` changes what it knows. */
export type Judgement =
  | { readonly kind: 'cosign' }
  | { readonly kind: 'unknown-log' }
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'bad-request' }
  /** The log must start from the size the witness knows. */
  | { readonly kind: 'other-size'; readonly size: number }
  /** The log signed two trees of one size: proof that it forked. */
  | { readonly kind: 'fork'; readonly size: number }
  | { readonly kind: 'bad-proof' };

/**
 * Judges a submission as C2SP tlog-witness asks, in its order. `known` is the head of the log this witness cosigned last,
 * null before the first.
 */
export function judgeSubmission(
  { oldSize, proof, signed }: Submission,
  keys: readonly NoteKey[],
  known: TreeHead | null,
): Judgement {
  const { checkpoint } = signed;
  const trusted = keys.filter((key) => key.name === checkpoint.origin);
  if (trusted.length === 0) return { kind: 'unknown-log' };
  if (!trusted.some((key) => signedBy(key, signed))) return { kind: 'bad-signature' };
  if (oldSize > checkpoint.size) return { kind: 'bad-request' };
  const head = known ?? { size: 0, root: emptyRoot() };
  if (oldSize !== head.size) return { kind: 'other-size', size: head.size };
  if (checkpoint.size === head.size && !equalConstantTime(checkpoint.root, head.root)) {
    return { kind: 'fork', size: head.size };
  }
  return provesConsistency(proof, head, checkpoint) ? { kind: 'cosign' } : { kind: 'bad-proof' };
}
