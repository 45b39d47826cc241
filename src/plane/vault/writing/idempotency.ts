import { createHash } from 'node:crypto';
import { equalConstantTime, textOf, utf8 } from '#base/bytes';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { ProblemCode } from '#base/problem';
import { keyedDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import { ROLLING } from '#plane/keys';
import { statement } from '#platform/db';
import type { Transaction } from '#platform/db';
import type { VaultGround } from '../ground.ts';
import { IDEMPOTENCY_HOURS, IDEMPOTENCY_KEY_BYTES_MAX } from '../limits.ts';
import type { VaultSchema } from '../schema/schema.ts';
import type { WriteOutcome, WriteRequest } from './writerequest.ts';

const CLAIM = statement(import.meta.url, '../sql/idempotencyclaim.sql');
const READ = statement(import.meta.url, '../sql/idempotencyread.sql');
const ANSWER = statement(import.meta.url, '../sql/idempotencyanswer.sql');

const HOUR_MS = 60 * 60 * 1_000;

/** A write that may be asked for again. */
type Claim = {
  readonly vault: VaultSchema;
  readonly index: MaskKey;
  readonly request: WriteRequest;
};

/**
 * The answer that an earlier write with the same key and content got, or null when this is the first; waits for one that
 * runs at the same time. Throws `conflict` when the key came with another content.
 */
export async function claimAnswer(
  { ports }: VaultGround,
  tx: Transaction,
  { vault, index, request }: Claim,
): Promise<readonly WriteOutcome[] | null> {
  const key = request.idempotencyKey ?? null;
  if (key === null) return null;
  const [keyDigest, requestDigest] = digestsOf(index, key, request);
  const nowMs = ports.clock();
  const { rowCount } = await tx.query(CLAIM, [
    vault.number,
    keyDigest,
    requestDigest,
    nowMs + IDEMPOTENCY_HOURS * HOUR_MS,
    nowMs,
  ]);
  if (rowCount === 1) return null;
  const { rows } = await tx.query<{ request: Buffer; answer: Buffer }>(READ, [
    vault.number,
    keyDigest,
  ]);
  const row = rows[0];
  if (row === undefined)
    throw new Problem('unavailable', 'the idempotency key expired in this moment');
  if (!equalConstantTime(row.request, requestDigest)) {
    throw new Problem('conflict', 'idempotency key was used for another request', {
      hint: 'take a new key for every write, and the same one only to repeat it',
    });
  }
  const bytes = await ports.keyring.open(row.answer, contextOf(vault));
  return (JSON.parse(textOf(bytes)) as Json[]).map(readOutcome);
}

/** Keeps the answer for whoever asks again, in the transaction of the write. */
export async function keepAnswer(
  { ports }: VaultGround,
  tx: Transaction,
  { vault, index, request, answer }: Claim & { readonly answer: readonly WriteOutcome[] },
): Promise<void> {
  const key = request.idempotencyKey ?? null;
  if (key === null) return;
  const [keyDigest] = digestsOf(index, key, request);
  const bytes = utf8(JSON.stringify(answer.map(writtenOutcome)));
  const sealed = await ports.keyring.seal(
    `${ROLLING}vault/${vault.id}/answers`,
    bytes,
    contextOf(vault),
  );
  await tx.query(ANSWER, [vault.number, keyDigest, sealed]);
}

function digestsOf(index: MaskKey, key: string, request: WriteRequest): [Uint8Array, Uint8Array] {
  const size = utf8(key).length;
  if (size < 1 || size > IDEMPOTENCY_KEY_BYTES_MAX) {
    throw new Problem(
      'invalid',
      `idempotency key expected 1 to ${IDEMPOTENCY_KEY_BYTES_MAX} bytes, got ${size}`,
    );
  }
  const { rows, continueOnError = false, bringTokens = 'never', caller } = request;
  const content = canonicalJson({ rows, continueOnError, bringTokens });
  const digest = createHash('sha256').update(content).digest();
  const owner = canonicalJson(caller.actor);
  return [
    keyedDigest(index, 'idempotency-key', utf8(`${owner}\n${key}`)),
    keyedDigest(index, 'idempotency-request', digest),
  ];
}

function contextOf({ id }: VaultSchema) {
  return { purpose: 'vault-answer', vault: id };
}

type KeptProblem = {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string | null;
};

function writtenOutcome(outcome: WriteOutcome): Json {
  if (outcome.kind === 'written') return outcome;
  const { code, message, hint } = outcome.problem;
  return { kind: 'failed', problem: { code, message, hint: hint ?? null } };
}

function readOutcome(kept: Json): WriteOutcome {
  const outcome = kept as unknown as
    | Extract<WriteOutcome, { kind: 'written' }>
    | { readonly kind: 'failed'; readonly problem: KeptProblem };
  if (outcome.kind === 'written') return outcome;
  const { code, message, hint } = outcome.problem;
  return { kind: 'failed', problem: new Problem(code, message, hint === null ? {} : { hint }) };
}
