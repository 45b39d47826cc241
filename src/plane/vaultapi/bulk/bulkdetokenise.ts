import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { requireAny } from '#plane/vault';
import type { AskedRedaction, Detokenised } from '#plane/vault';
import { checkNames, ERROR } from './bulkformat.ts';
import type { AnswerRow, BulkRow } from './bulkformat.ts';
import { DETOKENISE_COLUMNS_MAX } from './bulklimits.ts';
import { errorText } from './bulkstream.ts';
import type { BulkWork } from './bulkstream.ts';
import { letInAgain } from '../fresh.ts';
import type { Fresh } from '../fresh.ts';
import type { VaultCall } from '../route.ts';
import { plainToken } from '../callers/signedtoken.ts';

type Call = VaultCall<
  { vault: string },
  { readonly columns: readonly string[]; readonly redaction: AskedRedaction },
  unknown
>;

/** What became of one token. */
type Found = Detokenised;

/**
 * Puts values in place of tokens, batch by batch; a reveal, a leaf and a part of the budget each. What cannot be had is null, with
 * the reason in `privet_error` of its row. Throws `denied` where nothing of the vault may be had for tokens.
 */
export async function detokeniseWork(
  call: Call,
  names: readonly string[] | null,
): Promise<BulkWork> {
  const { columns } = call.query;
  const held = checkNames(columns.length === 0 ? ['token'] : columns, DETOKENISE_COLUMNS_MAX);
  const lacking = names === null ? undefined : held.find((name) => !names.includes(name));
  if (lacking !== undefined) throw new Problem('invalid', `the input has no column \`${lacking}\``);
  const { schema, rulings } = await call.open(call.params.vault);
  const may = schema.tables.map(rulings.for('detokenize'));
  requireAny(may, 'tokens of this vault are not yours to have values for');
  // A batch is paid for as a whole: one that costs more than there ever is could not be had at all.
  const valuesMax = rulings.budget('detokenize', schema.tables)?.valuesMax ?? Infinity;
  return {
    rowsMax: Math.max(1, Math.floor(valuesMax / held.length)),
    // What an earlier stream said of a row is not said again.
    columns: (names ?? [])
      .filter((name) => name !== ERROR)
      .map((name) => ({ name, kind: held.includes(name) ? 'made' : 'passed' })),
    async run(rows) {
      const again = await letInAgain(call, call.params.vault);
      const found = await lookUp(call, again, tokensIn(rows, held));
      const problems: Problem[] = [];
      const answers = rows.map((row) => answerOf(row, { held, found, problems }));
      await call.noteDenied(problems);
      const broken = problems.find(({ code }) => code === 'corrupt' || code === 'internal');
      if (broken !== undefined) throw broken;
      return answers;
    },
  };
}

function tokensIn(rows: readonly BulkRow[], held: readonly string[]): ReadonlySet<string> {
  return new Set(
    rows.flatMap(({ fields }) =>
      held.flatMap((name) => {
        const token = fields[name];
        return typeof token === 'string' ? [token] : [];
      }),
    ),
  );
}

/** What became of each text that should be a token. */
async function lookUp(
  { room, caller, query }: Call,
  { guest, schema, rulings }: Fresh,
  texts: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const plain: { readonly text: string; readonly token: string }[] = [];
  for (const text of texts) {
    try {
      plain.push({ text, token: plainToken(text, guest, room.clock()) });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      found.set(text, { kind: 'failed', problem });
    }
  }
  if (plain.length === 0) return found;
  const outcomes = await room.vaults.detokenise({
    caller,
    vault: schema.id,
    tokens: plain.map(({ token }) => ({ token, redaction: query.redaction })),
    ruling: rulings.for('detokenize'),
    budget: rulings.budget('detokenize', schema.tables),
  });
  for (const [i, outcome] of outcomes.entries()) found.set(plain[i]?.text ?? '', outcome);
  return found;
}

type Answering = {
  readonly held: readonly string[];
  readonly found: ReadonlyMap<string, Found>;
  /** Every problem of a token is put here. */
  readonly problems: Problem[];
};

function answerOf(row: BulkRow, { held, found, problems }: Answering): AnswerRow {
  if (row.problem !== null) return { fields: {}, error: errorText(row.problem) };
  const errors: string[] = [];
  const fields = Object.entries(row.fields)
    .filter(([name]) => name !== ERROR)
    .map(([name, value]): [string, Json] => {
      if (!held.includes(name) || value === null) return [name, value];
      const outcome = (typeof value === 'string' ? found.get(value) : undefined) ?? noToken();
      if (outcome.kind === 'value') return [name, outcome.json];
      problems.push(outcome.problem);
      errors.push(`${name}: ${errorText(outcome.problem)}`);
      return [name, null];
    });
  return {
    fields: Object.fromEntries(fields),
    error: errors.length === 0 ? null : errors.join('; '),
  };
}

function noToken(): Found {
  return { kind: 'failed', problem: new Problem('invalid', 'expected a token, which is a text') };
}
