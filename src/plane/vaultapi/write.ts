import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { TableSchema, WriteOutcome, WriteRow } from '#plane/vault';
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
  const refused = new Map<number, Problem>();
  for (const [index, { row, tokens }] of terms.rows.entries()) {
    const problem = tokens ? tokenProblem(rulings, schema.tables, row) : null;
    if (problem === null) continue;
    if (!terms.continueOnError) throw problem;
    refused.set(index, problem);
  }
  const allowed = terms.rows.flatMap(({ row }, index) => (refused.has(index) ? [] : [row]));
  const outcomes = [
    ...(allowed.length === 0
      ? []
      : await written(call, {
          caller: call.caller,
          vault: schema.id,
          rows: allowed,
          rulings: {
            insert: rulings.for('insert'),
            update: rulings.for('update'),
            tokenize: rulings.for('tokenize'),
          },
          continueOnError: terms.continueOnError,
          bringTokens: terms.bringTokens,
          idempotencyKey: call.header('idempotency-key'),
        })),
  ];
  return terms.rows.map((_, index) => {
    const problem = refused.get(index);
    if (problem !== undefined) return { kind: 'failed', problem };
    return (
      outcomes.shift() ?? { kind: 'failed', problem: new Problem('internal', 'a row is lost') }
    );
  });
}

type VaultWrite = Parameters<AnyCall['room']['vaults']['write']>[0];

/** SDKs try again on 429, which is for what passes with time: what is too large stays too large. */
async function written(call: AnyCall, request: VaultWrite): Promise<readonly WriteOutcome[]> {
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

function tokenProblem(
  rulings: Rulings,
  tables: readonly TableSchema[],
  row: WriteRow,
): Problem | null {
  const table = tables.find((one) => one.name === row.table || one.id === row.table);
  if (table === undefined) return null;
  const ruling = rulings.for('tokenize')(table);
  const names = new Map(table.columns.map((column) => [column.id as string, column.name]));
  // What an insert leaves out is null; what a record that may be there already holds is not known yet.
  const isNew = row.kind === 'insert' && (row.upsert ?? null) === null;
  const valueOf = (columnId: string): Json | undefined => {
    const name = names.get(columnId) ?? '';
    return Object.hasOwn(row.fields, name) ? row.fields[name] : isNew ? null : undefined;
  };
  const kept = table.columns.find(
    (column) =>
      column.tokens.length > 0 &&
      Object.hasOwn(row.fields, column.name) &&
      ruling.shows(column.id, valueOf) === null,
  );
  if (kept === undefined) return null;
  return new Problem('denied', `tokens of \`${table.name}.${kept.name}\` are not yours to have`, {
    hint: `write without asking for tokens; decision \`${ruling.id}\` says why`,
  });
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
