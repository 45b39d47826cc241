import { utf8 } from '#base/bytes';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { ColumnSchema, TableSchema, WriteOutcome, WriteRow } from '#plane/vault';
import { ERROR, RECORD } from './bulkformat.ts';
import type { AnswerColumn, AnswerRow, BulkFormat, BulkRow } from './bulkformat.ts';
import { checkNames } from './bulkformat.ts';
import { COLUMNS_MAX, KEY_CHARACTERS_MAX } from './bulklimits.ts';
import { errorText } from './bulkstream.ts';
import type { BulkWork } from './bulkstream.ts';
import { letInAgain } from '../fresh.ts';
import type { VaultCall } from '../route.ts';
import { requireTable, tokensByColumn } from '../shape.ts';
import { writeRows } from '../write.ts';
import type { WriteTerms } from '../write.ts';

type Call = VaultCall<
  { vault: string; table: string },
  {
    readonly columns: readonly string[];
    readonly upsert: string | null;
    readonly from: number;
  },
  unknown
>;

/** Columns of the input by name, with the column of the table each is kept in; null: every column, under its own name. */
type Kept = ReadonlyMap<string, string> | null;

/**
 * Writes the rows of a stream as records, batch by batch, each under an idempotency key of its own: sent again, a batch that
 * was written gives the answers it gave. Throws `denied` where nothing of the table may be written, `invalid` for what is
 * wrong with all rows.
 */
export async function tokeniseWork(
  call: Call,
  { isText }: BulkFormat,
  names: readonly string[] | null,
): Promise<BulkWork> {
  const { vault } = call.params;
  const key = keyOf(call);
  const kept = keptOf(call.query.columns);
  const { schema, rulings } = await call.open(vault);
  const table = requireTable(schema, call.params.table);
  const ruling = rulings.for('insert')(table);
  if (ruling.effect === 'deny') {
    throw new Problem('denied', `table \`${table.name}\` is not yours to write`, {
      hint: `decision \`${ruling.id}\` says why`,
    });
  }
  checkUpsert(table, call.query.upsert);
  if (names !== null) {
    checkColumns(table, kept, names);
    checkComplete(
      table,
      call.query.upsert,
      names.flatMap((name) => targetOf(kept, name) ?? []),
    );
  }
  return {
    columns: names === null ? [] : answerColumns(table, kept, names),
    async run(rows, first) {
      const again = await letInAgain(call, vault);
      const now = requireTable(again.schema, table.id);
      const read = rows.map((row) => rowOf(row, { table: now, kept, isText }));
      const good = read.flatMap((one) => (one.kind === 'row' ? [one] : []));
      const { room, header } = call;
      const caller = { room, header, caller: call.caller, open: async () => again };
      const terms: WriteTerms = {
        vault,
        rows: good.map(({ fields }) => ({
          row: { kind: 'insert', table: now.name, fields, upsert: call.query.upsert },
          tokens: true,
        })),
        continueOnError: true,
        bringTokens: 'never',
        idempotencyKey: `${key}/${call.query.from + first}`,
      };
      const outcomes = good.length === 0 ? [] : [...(await writeRows(caller, terms))];
      const answers = read.map((one) => {
        if (one.kind === 'failed') return failed(one.problem);
        return answerOf(one, outcomes.shift() ?? lost(), now);
      });
      await call.noteDenied(answers.flatMap(({ problem }) => problem ?? []));
      for (const [i, { problem }] of answers.entries()) {
        if (problem === null) continue;
        const at = { vault: schema.id, table: now.name, row: call.query.from + first + i + 1 };
        room.onRejected({ code: problem.code, content: rejectedContent(at, problem, rows[i]) });
      }
      return answers;
    },
  };
}

function keyOf({ header }: Call): string {
  const key = header('idempotency-key') ?? '';
  if (key !== '' && key.length <= KEY_CHARACTERS_MAX) return key;
  throw new Problem(
    'invalid',
    `a stream of writes expected \`idempotency-key\` of 1 to ${KEY_CHARACTERS_MAX} characters`,
    {
      hint: 'take a new key for each input, and the same one to go on with it: nothing is written twice',
    },
  );
}

function keptOf(columns: readonly string[]): Kept {
  if (columns.length === 0) return null;
  const pairs = columns.map((one) => {
    const [name = '', column = name] = one.split(':');
    return [name, column] as const;
  });
  checkNames(
    pairs.map(([name]) => name),
    COLUMNS_MAX,
  );
  checkNames(
    pairs.map(([, column]) => column),
    COLUMNS_MAX,
  );
  return new Map(pairs);
}

const columnOf = (table: TableSchema, name: string) =>
  table.columns.find((one) => one.name === name);

/** The column of the table that a column of the input is kept in; null when it is passed through. */
function targetOf(kept: Kept, name: string): string | null {
  return kept === null ? name : (kept.get(name) ?? null);
}

function checkColumns(table: TableSchema, kept: Kept, names: readonly string[]): void {
  for (const name of kept?.keys() ?? []) {
    if (!names.includes(name)) {
      throw new Problem('invalid', `the input has no column \`${name}\``);
    }
  }
  for (const name of names) {
    const fault = faultOf(table, kept, name);
    if (fault !== null) throw fault;
  }
}

/** Refuses what no row could ever be written with. */
function checkUpsert(table: TableSchema, upsert: string | null): void {
  if (upsert === null || columnOf(table, upsert)?.unique === true) return;
  const unique = table.columns.filter((one) => one.unique).map(({ name }) => `\`${name}\``);
  throw new Problem(
    'invalid',
    `upsert expected a unique column of \`${table.name}\`, got \`${upsert.slice(0, 63)}\``,
    { hint: unique.length === 0 ? 'the table has none' : `it has ${unique.join(', ')}` },
  );
}

/** A record that is changed has its values; a new one needs them all. */
function checkComplete(table: TableSchema, upsert: string | null, given: readonly string[]): void {
  if (upsert !== null) return;
  const lacking = table.columns.find((one) => !one.nullable && !given.includes(one.name));
  if (lacking === undefined) return;
  throw new Problem(
    'invalid',
    `column \`${table.name}.${lacking.name}\` expected a value of every row, and no column is kept in it`,
    { hint: 'name one in `columns`, as name:column' },
  );
}

function faultOf(table: TableSchema, kept: Kept, name: string): Problem | null {
  const target = targetOf(kept, name);
  if (name === RECORD || (target === null && name === ERROR)) {
    return new Problem('invalid', `column \`${name}\` of the input has a name that answers have`);
  }
  const column = target === null ? undefined : columnOf(table, target);
  if (target === null || (column !== undefined && column.type !== 'file')) return null;
  const what = column === undefined ? 'has no column' : 'takes files, not values, in';
  return new Problem('invalid', `table \`${table.name}\` ${what} \`${target.slice(0, 63)}\``);
}

/** What comes back: the record, columns that were passed through, and tokens; never a value that was kept. */
function answerColumns(
  table: TableSchema,
  kept: Kept,
  names: readonly string[],
): readonly AnswerColumn[] {
  const shown = names.flatMap((name): readonly AnswerColumn[] => {
    const target = targetOf(kept, name);
    if (target === null) return [{ name, kind: 'passed' }];
    return (columnOf(table, target)?.tokens.length ?? 0) > 0 ? [{ name, kind: 'made' }] : [];
  });
  return [{ name: RECORD, kind: 'made' }, ...shown];
}

type ReadRow = {
  readonly kind: 'row';
  readonly fields: WriteRow['fields'];
  readonly passed: Readonly<Record<string, Json>>;
  /** Column of the table by column of the input. */
  readonly targets: ReadonlyMap<string, string>;
};

function rowOf(
  row: BulkRow,
  how: { readonly table: TableSchema; readonly kept: Kept; readonly isText: boolean },
): ReadRow | { readonly kind: 'failed'; readonly problem: Problem } {
  if (row.problem !== null) return { kind: 'failed', problem: row.problem };
  const fields: [string, Json][] = [];
  const passed: [string, Json][] = [];
  const targets = new Map<string, string>();
  for (const [name, value] of Object.entries(row.fields)) {
    const fault = faultOf(how.table, how.kept, name);
    if (fault !== null) return { kind: 'failed', problem: fault };
    const target = targetOf(how.kept, name);
    if (target === null) passed.push([name, value]);
    else {
      const column = columnOf(how.table, target);
      fields.push([target, how.isText && column ? typed(column, value) : value]);
      targets.set(name, target);
    }
  }
  return {
    kind: 'row',
    fields: Object.fromEntries(fields),
    passed: Object.fromEntries(passed),
    targets,
  };
}

/** The value that a text means in a column; where it means none it stays a text, which the vault refuses. */
function typed(column: ColumnSchema, value: Json): Json {
  if (typeof value !== 'string') return value;
  if (column.isArray || column.type === 'json') return parsed(value);
  if (column.type === 'bool') return value === 'true' || (value === 'false' ? false : value);
  const isNumber = ['int32', 'float32', 'float64'].includes(column.type);
  return isNumber && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(value) ? Number(value) : value;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** A row that was not written, as whoever has to mend it needs it. */
function rejectedContent(at: object, problem: Problem, row: BulkRow | undefined): Uint8Array {
  const was = row?.text === null ? { fields: row.fields } : { text: row?.text ?? '' };
  return utf8(JSON.stringify({ ...at, problem: errorText(problem), ...was }));
}

type Answered = AnswerRow & { readonly problem: Problem | null };

function failed(problem: Problem): Answered {
  return { fields: {}, error: errorText(problem), problem };
}

function lost(): WriteOutcome {
  return { kind: 'failed', problem: new Problem('internal', 'a row is lost') };
}

function answerOf(row: ReadRow, outcome: WriteOutcome, table: TableSchema): Answered {
  if (outcome.kind === 'failed') return { ...failed(outcome.problem), fields: row.passed };
  const tokens = tokensByColumn(outcome, row.fields);
  const shown = [...row.targets].flatMap(([name, target]) =>
    (columnOf(table, target)?.tokens.length ?? 0) === 0 ? [] : [[name, tokens[target] ?? null]],
  );
  const fields = { [RECORD]: outcome.record, ...row.passed, ...Object.fromEntries(shown) };
  return { fields, error: null, problem: null };
}
