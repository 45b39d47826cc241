import type { Json } from '#base/canonical';
import { equalConstantTime } from '#base/bytes';
import { Problem } from '#base/problem';
import type { Budget } from '../reveal/budget.ts';
import { alarmCanaries } from '../reveal/canary.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import { createKeyBag } from '../keys/keybag.ts';
import type { ColumnsOf, KeyBag, Opened } from '../keys/keybag.ts';
import { BATCH_TOKENS_MAX, TOKEN_BYTES_MAX } from '../limits.ts';
import { valueDigest } from '../records/lookups.ts';
import type { AskedRedaction } from '../schema/redaction.ts';
import { attempted } from '../records/preparedrow.ts';
import { recordsById, wholeRecords } from '../records/recordtable.ts';
import { permitted, requireAny, startReveal, whyOf } from '../reveal/reveal.ts';
import { showsAny, shownRecord } from '../records/shownrecord.ts';
import type { ShownRecord } from '../records/shownrecord.ts';
import type { Reveal, RevealTerms } from '../reveal/reveal.ts';
import type { ColumnSchema, Redaction, TableSchema, VaultSchema } from '../schema/schema.ts';
import { bindToken, manyTokenNames } from './tokenname.ts';
import { resolveTokens } from './tokentable.ts';
import type { Resolved } from './tokentable.ts';
import { decodeValue } from '../schema/value.ts';

export type DetokeniseRequest = {
  readonly caller: VaultCaller;
  readonly vault: string;
  readonly tokens: readonly { readonly token: string; readonly redaction: AskedRedaction }[];
  readonly ruling: RulingOf;
  readonly budget?: Budget | null;
};

/** What became of a token; in the order of the request. */
export type Detokenised =
  | {
      readonly kind: 'value';
      readonly column: ColumnSchema;
      readonly table: TableSchema;
      readonly record: string;
      readonly redaction: Redaction;
      readonly json: Json;
    }
  | { readonly kind: 'failed'; readonly problem: Problem };

/**
 * The values behind tokens, as far as the rulings show them. A token that is unknown, of another vault, expired, of a deleted
 * record, or of a table or record of which nothing is shown is `not-found`; one whose subject was forgotten is `gone`; one whose
 * value may not be seen of a record that may is `denied`. Throws `denied` where no table shows anything, whatever the tokens are.
 */
export async function detokenise(
  ground: VaultGround,
  request: DetokeniseRequest,
): Promise<readonly Detokenised[]> {
  if (request.tokens.length > BATCH_TOKENS_MAX) {
    const got = request.tokens.length;
    throw new Problem(
      'limit',
      `detokenize expected at most ${BATCH_TOKENS_MAX} tokens, got ${got}`,
    );
  }
  const vault = await ground.schemas.get(request.vault);
  const bag = await createKeyBag(ground, vault);
  const terms: RevealTerms = {
    caller: request.caller,
    vault,
    ruling: request.ruling,
    operation: 'detokenize',
    budget: request.budget ?? null,
  };
  const reveal = startReveal(ground, bag, terms);
  const known = await standsOf(ground, { vault, bag, request });
  const stands = await theirs(ground, { terms, bag, known });
  requireAny(vault.tables.map(request.ruling), NOTHING_SHOWN);
  const shownOf = await openBehind(ground, { terms, bag, stands, reveal });
  const answers = request.tokens.map(({ token, redaction }): Detokenised => {
    const stand = stands.get(token);
    if (stand === undefined) return failed('not-found', UNKNOWN);
    const behind = shownOf(stand);
    if (behind.kind === 'failed') return behind;
    const column = columnBehind(bag, stand, behind.shown);
    if (column === null) return failed('not-found', UNKNOWN);
    const value = reveal.show(behind.shown, column, redaction);
    if (value === null) return notTheirs(behind.shown);
    const { record, table } = behind.shown;
    return { kind: 'value', column, table, record: record.id, ...value };
  });
  const unknown = answers.filter(
    (one) => one.kind === 'failed' && one.problem.code === 'not-found',
  );
  reveal.searched(unknown.length);
  await reveal.settle();
  return answers;
}

/** The tokens the vault knows and may answer for now, each bound to what it stands for. */
async function standsOf(
  { ports }: VaultGround,
  work: { readonly vault: VaultSchema; readonly bag: KeyBag; readonly request: DetokeniseRequest },
): Promise<ReadonlyMap<string, Resolved>> {
  const { vault, bag, request } = work;
  const texts = [...new Set(request.tokens.map(({ token }) => token))].filter(
    (token) => token.length <= TOKEN_BYTES_MAX,
  );
  const names = manyTokenNames(bag.index, texts);
  const stands = new Map<string, Resolved>();
  if (texts.length === 0) return stands;
  const nowMs = ports.clock();
  for (const resolved of await resolveTokens(ports.pool, vault.number, names.digests)) {
    const place = resolved.position - 1;
    const { stand, gone } = resolved;
    const bound =
      gone || equalConstantTime(bindToken(names.secret(place), stand), resolved.binding);
    const alive = stand.expiresAtMs === null || stand.expiresAtMs > nowMs;
    if (bound && alive) stands.set(texts[place] ?? '', resolved);
  }
  return stands;
}

function notTheirs({ ruling }: ShownRecord): Detokenised {
  const message = 'the value of this token is not yours to see';
  return { kind: 'failed', problem: new Problem('denied', message, whyOf(ruling.id)) };
}

const NOTHING_SHOWN = 'tokens of this vault are not yours to have values for';
const UNKNOWN = 'no value has this token';

/** The tokens of tables that show anything; one of another table is as good as unknown, and a canary behind it raises the alarm. */
async function theirs(
  ground: VaultGround,
  work: {
    readonly terms: RevealTerms;
    readonly bag: KeyBag;
    readonly known: ReadonlyMap<string, Resolved>;
  },
): Promise<ReadonlyMap<string, Resolved>> {
  const { terms, bag, known } = work;
  const { caller, vault, ruling } = terms;
  const [open, kept] = [[], []] as [TableSchema[], TableSchema[]];
  for (const table of vault.tables) (ruling(table).effect === 'allow' ? open : kept).push(table);
  if (kept.length === 0) return known;
  const stands = new Map([...known].filter(([, one]) => open.some((table) => isOf(table, one))));
  for (const table of kept) {
    const ids = [...known.values()].flatMap((one) =>
      one.table === table.number ? (one.record ?? []) : [],
    );
    await alarmCanaries(ground, bag, { caller, vault, table, ids });
  }
  return stands;
}

/** Whether the token is one of that table; of one whose subject was forgotten, only its kind is left to tell. */
function isOf({ number, columns }: TableSchema, { gone, stand, table }: Resolved): boolean {
  if (!gone) return table === number;
  return columns.some(({ tokens }) => tokens.some(({ space }) => space === stand.space));
}

type Behind =
  | { readonly kind: 'shown'; readonly shown: ShownRecord }
  | Extract<Detokenised, { kind: 'failed' }>;

/** Opens the records behind tokens, once each; gives how to find the one behind a token. */
async function openBehind(
  ground: VaultGround,
  work: {
    readonly terms: RevealTerms;
    readonly bag: KeyBag;
    readonly stands: ReadonlyMap<string, Resolved>;
    readonly reveal: Reveal;
  },
): Promise<(resolved: Resolved) => Behind> {
  const { terms, bag, stands, reveal } = work;
  const behind = new Map<number, Map<string, Behind>>();
  const groups = Map.groupBy(stands.values(), ({ table }) => table ?? 0);
  for (const [number, group] of groups) {
    const table = terms.vault.tables.find((one) => one.number === number);
    if (table === undefined) continue;
    const ids = [...new Set(group.flatMap(({ record }) => record ?? []))];
    const rows = await recordsById(ground.ports.pool, table, ids);
    const ofTable = new Map<string, Behind>();
    behind.set(number, ofTable);
    for (const { id, body } of rows) if (body === null) ofTable.set(id, failed('gone', GONE));
    const ruling = attempted(() => permitted(terms, table));
    const opened = await bag.open(table, wholeRecords(rows), columnsBehind(table, ruling, group));
    for (const one of opened) ofTable.set(...behindOf(one, { table, ruling, reveal }));
  }
  return (resolved) => {
    if (resolved.gone) return failed('gone', GONE);
    const { table, record } = resolved;
    if (table === null || record === null) return failed('not-found', UNKNOWN);
    return behind.get(table)?.get(record) ?? failed('not-found', UNKNOWN);
  };
}

const GONE = 'the person this token was about has been forgotten';

function behindOf(
  opened: Opened,
  {
    table,
    ruling,
    reveal,
  }: {
    readonly table: TableSchema;
    readonly ruling: Ruling | Problem;
    readonly reveal: Reveal;
  },
): [string, Behind] {
  if (opened.kind === 'gone') return [opened.id, failed('gone', GONE)];
  if (opened.kind === 'corrupt') {
    reveal.corrupt(table, opened.id);
    return [opened.id, { kind: 'failed', problem: opened.problem }];
  }
  reveal.touched(table, opened.record);
  if (ruling instanceof Problem) return [opened.record.id, { kind: 'failed', problem: ruling }];
  const shown = shownRecord(table, opened.record, ruling);
  // Of which nothing is shown, it is as good as not there.
  if (!showsAny(shown)) return [opened.record.id, failed('not-found', UNKNOWN)];
  reveal.count(shown);
  return [opened.record.id, { kind: 'shown', shown }];
}

/** Which columns will be shown of records, where that is known before any value of them is. */
function columnsBehind(
  table: TableSchema,
  ruling: Ruling | Problem,
  stands: readonly Resolved[],
): ColumnsOf {
  const columns = new Map<string, number[]>();
  if (ruling instanceof Problem || ruling.reads.length > 0) return () => [];
  const isShown = ({ id }: ColumnSchema) => ruling.shows(id, () => undefined) !== null;
  const shown = table.columns.filter(isShown);
  for (const { record, stand } of stands) {
    const { owner, space } = stand;
    const column =
      owner === null
        ? shown.find(({ tokens }) => tokens.some((token) => token.space === space))?.number
        : shown.find(({ number }) => number === owner.column)?.number;
    if (record === null || column === undefined) continue;
    const known = columns.get(record);
    if (known === undefined) columns.set(record, [column]);
    else if (!known.includes(column)) known.push(column);
  }
  return (record) => columns.get(record) ?? [];
}

/** The column whose value the token stands for; null when the record does not have that value (any more). */
function columnBehind(
  bag: KeyBag,
  { stand }: Resolved,
  { table, record }: ShownRecord,
): ColumnSchema | null {
  const { owner, space, valueDigest: digest } = stand;
  if (owner !== null) {
    const column = table.columns.find(({ number }) => number === owner.column);
    return column?.tokens.some((token) => token.space === space) === true ? column : null;
  }
  if (digest === null || !record.body.leads(space, digest)) {
    return null;
  }
  const columns = table.columns.filter(({ tokens }) =>
    tokens.some((token) => token.space === space),
  );
  if (columns.length === 1) return columns[0] ?? null;
  const has = (column: ColumnSchema) => {
    const plain = record.cell(column.number);
    if (plain === null) return false;
    const value = { column, plain, json: decodeValue(column, plain) };
    return equalConstantTime(valueDigest(bag.index, space, value), digest);
  };
  return columns.find(has) ?? null;
}

function failed(
  code: 'not-found' | 'gone' | 'denied',
  message: string,
): Extract<Detokenised, { kind: 'failed' }> {
  return { kind: 'failed', problem: new Problem(code, message) };
}
