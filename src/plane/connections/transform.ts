import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { ColumnSchema, WriteOutcome, WriteRow } from '#plane/vault';
import type { Act } from './connection.ts';
import { NOTHING_SHOWN, shownBy } from './echo.ts';
import type { Shown } from './echo.ts';
import { pathText } from './fieldpath.ts';
import type { Leaf, LeafValue } from './leaf.ts';
import type { Pick } from './pick.ts';
import type { Rights } from './rights.ts';

/** What stands in place of values. */
export type Put = ReadonlyMap<Leaf, Json>;

/** Values, and what of them was shown as it is. */
export type Revealed = { readonly put: Put; readonly shown: Shown };

/** The values behind picked tokens, all of them or none: throws the problem of the first that is not to be had. */
export async function reveal(picks: readonly Pick[], rights: Rights): Promise<Revealed> {
  const wanted = picks.flatMap((pick) => {
    const { act } = pick.field;
    if (act.kind !== 'reveal') return [];
    if (pick.leaf.value.kind !== 'text') throw aboutField(pick, 'expected a token');
    return [{ pick, token: pick.leaf.value.text, redaction: act.redaction, of: act.of }];
  });
  if (wanted.length === 0) return { put: new Map(), shown: NOTHING_SHOWN };
  const found = await rights.reveal(wanted.map(({ token, redaction }) => ({ token, redaction })));
  const values = wanted.map(({ pick, token, of }, i) => {
    const one = found[i];
    if (one === undefined) throw new Problem('internal', 'a token is lost');
    if (one.kind === 'failed') throw named(pick, one.problem);
    if (of !== null && (one.table.name !== of.table || one.column.name !== of.column)) {
      throw aboutField(pick, `expected a token of \`${of.table}.${of.column}\``);
    }
    return { leaf: pick.leaf, token, ...one };
  });
  return {
    put: new Map(values.map(({ leaf, json }) => [leaf, json])),
    shown: shownBy(values.filter(({ redaction }) => redaction === 'PLAIN_TEXT')),
  };
}

type Tokenise = Extract<Act, { kind: 'tokenise' }>;
type Wanted = { readonly pick: Pick; readonly act: Tokenise };
type Row = { readonly table: string; readonly cells: Map<string, Wanted> };

/** Tokens for picked values, which are written into the vault: one record a table and element, all of them or none. */
export async function tokenise(
  picks: readonly Pick[],
  upserts: ReadonlyMap<string, string>,
  rights: Rights,
): Promise<Put> {
  const rows = rowsOf(picks);
  if (rows.length === 0) return new Map();
  const outcomes = await rights.write(rows.map((row) => writeRow(row, upserts, rights)));
  const put = new Map<Leaf, Json>();
  for (const [i, { cells }] of rows.entries()) {
    for (const [column, { pick }] of cells) put.set(pick.leaf, tokenIn(outcomes[i], column, pick));
  }
  return put;
}

function rowsOf(picks: readonly Pick[]): readonly Row[] {
  const open = new Map<string, Row>();
  const rows: Row[] = [];
  for (const pick of picks) {
    const { act } = pick.field;
    if (act.kind !== 'tokenise') continue;
    const key = JSON.stringify([act.table, pick.elements]);
    const known = open.get(key);
    const row =
      known === undefined || known.cells.has(act.column)
        ? { table: act.table, cells: new Map<string, Wanted>() }
        : known;
    if (row !== known) rows.push(row);
    open.set(key, row);
    row.cells.set(act.column, { pick, act });
  }
  return rows;
}

function writeRow(
  { table, cells }: Row,
  upserts: ReadonlyMap<string, string>,
  { vault }: Rights,
): WriteRow {
  const columns = vault.tables.find(({ name }) => name === table)?.columns ?? [];
  const fields = [...cells].map(([name, { pick }]) => {
    const column = columns.find((one) => one.name === name);
    return [name, cellOf(pick.leaf.value, column)] as const;
  });
  const unique = upserts.get(table);
  const upsert = unique !== undefined && cells.has(unique) ? unique : null;
  return { kind: 'insert', table, fields: Object.fromEntries(fields), upsert, wantsTokens: true };
}

const NUMBERS: ReadonlySet<string> = new Set(['int32', 'int64', 'float32', 'float64']);

/** Numbers as the column takes them; as text where it holds text, with every digit. Text of a form may be a number, too. */
function cellOf(value: LeafValue, column: ColumnSchema | undefined): Json {
  if (value.kind === 'truth') return value.is;
  const text = value.kind === 'number' ? value.digits : value.kind === 'text' ? value.text : '';
  const isNumber = column !== undefined && NUMBERS.has(column.type);
  if (isNumber && /^-?\d{1,15}(?:\.\d{1,15})?$/u.test(text)) return Number(text);
  return text;
}

function tokenIn(outcome: WriteOutcome | undefined, column: string, pick: Pick): string {
  if (outcome?.kind === 'failed') throw named(pick, outcome.problem);
  const token = outcome?.tokens.find((one) => one.column === column)?.token;
  if (token !== undefined) return token;
  throw new Problem('unsupported', `field \`${pathText(pick.field.path)}\` has no token`);
}

/** The problem of a value, with the field that it was found in. */
function named(pick: Pick, problem: Problem): Problem {
  const { code, message, hint } = problem;
  const said = `field \`${pathText(pick.field.path)}\`: ${message}`;
  return new Problem(code, said, hint === undefined ? {} : { hint });
}

function aboutField(pick: Pick, what: string): Problem {
  return new Problem('invalid', `field \`${pathText(pick.field.path)}\` ${what}`);
}
