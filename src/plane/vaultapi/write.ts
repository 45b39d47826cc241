import { Problem } from '#base/problem';
import type { WriteOutcome, WriteRow } from '#plane/vault';
import type { VaultCall } from './route.ts';
import type { Rulings } from './ruling.ts';

type AnyCall = Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'caller' | 'header' | 'open'>;

/** A row with whether its tokens are wanted back. */
export type WantedRow = { readonly row: WriteRow; readonly tokens: boolean };

export type WriteTerms = {
  readonly vault: string;
  readonly rows: readonly WantedRow[];
  readonly continueOnError: boolean;
  readonly bringTokens: 'never' | 'may' | 'must';
  /** In place of the one in the header. */
  readonly idempotencyKey?: string;
};

/**
 * Writes rows for the caller. Whoever wants tokens back must be allowed to have them: that is settled before anything is
 * written. With `idempotency-key`, the same request again gives the same answer.
 */
export async function writeRows(
  call: AnyCall,
  terms: WriteTerms,
): Promise<readonly WriteOutcome[]> {
  const { schema, rulings } = await call.open(terms.vault);
  return writeUnder(call, rulings, {
    vault: schema.id,
    rows: terms.rows.map(({ row, tokens }) => ({ ...row, wantsTokens: tokens })),
    continueOnError: terms.continueOnError,
    bringTokens: terms.bringTokens,
    idempotencyKey: terms.idempotencyKey ?? call.header('idempotency-key'),
  });
}

/** Writes rows as rulings that are there already say. */
export async function writeUnder(
  call: Pick<AnyCall, 'room' | 'caller'>,
  rulings: Rulings,
  request: Omit<VaultWrite, 'caller' | 'rulings'>,
): Promise<readonly WriteOutcome[]> {
  return written(call, {
    ...request,
    caller: call.caller,
    rulings: {
      insert: rulings.for('insert'),
      update: rulings.for('update'),
      tokenize: rulings.for('tokenize'),
      read: rulings.for('read'),
    },
  });
}

type VaultWrite = Parameters<AnyCall['room']['vaults']['write']>[0];

/** SDKs try again on 429, which is for what passes with time: what is too large stays too large. */
async function written(
  call: Pick<AnyCall, 'room'>,
  request: VaultWrite,
): Promise<readonly WriteOutcome[]> {
  try {
    const outcomes = await call.room.vaults.write(request);
    return outcomes.map((one) =>
      one.kind === 'failed' ? { ...one, problem: lasting(one.problem) } : one,
    );
  } catch (thrown) {
    throw thrown instanceof Problem ? lasting(thrown) : thrown;
  }
}

function lasting(problem: Problem): Problem {
  if (problem.code !== 'limit') return problem;
  const { message, hint } = problem;
  return new Problem('invalid', message, hint === undefined ? {} : { hint });
}

/** The one row's outcome; throws its problem. */
export async function writeOne(
  call: AnyCall,
  terms: Pick<WriteTerms, 'vault' | 'bringTokens'> & WantedRow,
): Promise<Extract<WriteOutcome, { kind: 'written' }>> {
  const { vault, bringTokens, row, tokens } = terms;
  const rows = [{ row, tokens }];
  const [outcome] = await writeRows(call, { vault, bringTokens, rows, continueOnError: false });
  if (outcome?.kind === 'written') return outcome;
  throw outcome?.problem ?? new Problem('internal', 'a row is lost');
}
