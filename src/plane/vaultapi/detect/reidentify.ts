import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import { restored, tokensIn } from '#engines/detect';
import type { Entity } from '#engines/detect';
import type { AskedRedaction, ColumnSchema, Detokenised, VaultSchema } from '#plane/vault';
import { columnFor } from './detecttokens.ts';
import { entityOf } from './detectwish.ts';
import type { VaultCall } from '../route.ts';
import { requireAny } from '#plane/vault';
import type { Rulings } from '../ruling.ts';

/** Different tokens in one text; the vault takes no more at once. */
const TOKENS_MAX = 10_000;
/** Of all values that are put back: a value may be large, and a token stand often. */
const VALUES_CHARACTERS_MAX = 8 * 1024 * 1024;

export type Format = {
  readonly redacted?: readonly string[] | null | undefined;
  readonly masked?: readonly string[] | null | undefined;
  readonly plaintext?: readonly string[] | null | undefined;
};

/** How much of each kind is asked for: all of it where nothing is said of any kind, else what its column says. */
function asked(format: Format): (entity: Entity) => AskedRedaction {
  const lists: readonly (readonly [AskedRedaction, Format['masked']])[] = [
    ['REDACTED', format.redacted],
    ['MASKED', format.masked],
    ['PLAIN_TEXT', format.plaintext],
  ];
  const levels = new Map<Entity, AskedRedaction>();
  for (const [level, names] of lists) {
    // A kind that is in two lists is shown by the first, which shows less.
    for (const name of names ?? []) {
      const entity = entityOf(name);
      if (!levels.has(entity)) levels.set(entity, level);
    }
  }
  const rest: AskedRedaction = levels.size === 0 ? 'PLAIN_TEXT' : 'DEFAULT';
  return (entity) => levels.get(entity) ?? rest;
}

type Call = VaultCall<unknown, unknown, unknown>;
type Wanted = {
  readonly token: string;
  readonly redaction: AskedRedaction;
  readonly column: ColumnSchema;
};

/**
 * The text with values in place of its tokens, as far as policy shows them: the vault decides, counts and logs as it does for
 * any token. What is unknown, or not the caller's to see, stays a token; where nothing may be seen, `denied` is thrown.
 */
export async function reidentify(
  call: Call,
  vault: string,
  { text, format }: { readonly text: string; readonly format: Format },
): Promise<{ readonly text: string; readonly left: number }> {
  if (call.guest.holder.account?.enforceSignedTokens === true) {
    throw new Problem('denied', 'the account must sign the tokens it detokenises', {
      hint: 'tokens in a text cannot be signed: use an account that need not',
    });
  }
  const level = asked(format);
  const { schema, rulings } = await call.open(vault);
  requireAny(
    schema.tables.map(rulings.for('detokenize')),
    'tokens of this vault are not yours to have values for',
  );
  const wanted = new Map<string, Wanted>();
  for (const { entity, token } of tokensIn(text)) {
    const kept = columnFor(schema, entity);
    if (kept === null) continue;
    wanted.set(`${entity} ${token}`, { token, redaction: level(entity), column: kept.column });
  }
  if (wanted.size > TOKENS_MAX) {
    throw new Problem('invalid', `expected at most ${TOKENS_MAX} tokens, got ${wanted.size}`);
  }
  const values =
    wanted.size === 0
      ? new Map<string, string>()
      : await valuesOf(call, { schema, rulings }, wanted);
  let left = 0;
  let characters = 0;
  const shown = restored(text, ({ entity, token }) => {
    const value = values.get(`${entity} ${token}`) ?? null;
    if (value === null) left += 1;
    characters += value?.length ?? 0;
    if (characters <= VALUES_CHARACTERS_MAX) return value;
    throw new Problem(
      'invalid',
      `the values of the text expected at most ${VALUES_CHARACTERS_MAX} characters in all`,
    );
  });
  return { text: shown, left };
}

/** Values behind tokens that the caller may see; a token under another kind's name has none. */
async function valuesOf(
  call: Call,
  { schema, rulings }: { readonly schema: VaultSchema; readonly rulings: Rulings },
  wanted: ReadonlyMap<string, Wanted>,
): Promise<ReadonlyMap<string, string>> {
  const outcomes = await call.room.vaults.detokenise({
    caller: call.caller,
    vault: schema.id,
    tokens: [...wanted.values()],
    ruling: rulings.for('detokenize'),
    budget: rulings.budget('detokenize', schema.tables),
  });
  const problems = outcomes.flatMap((one) => (one.kind === 'failed' ? [one.problem] : []));
  await call.noteDenied(problems);
  const broken = problems.find(({ code }) => !['not-found', 'gone', 'denied'].includes(code));
  if (broken !== undefined) throw broken;
  const denied = problems.find(({ code }) => code === 'denied');
  if (denied !== undefined && problems.length === outcomes.length) throw denied;
  const shown = [...wanted].map(
    ([key, { column }], i) => [key, shownAs(outcomes[i], column)] as const,
  );
  return new Map(shown.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

function shownAs(outcome: Detokenised | undefined, column: ColumnSchema): string | null {
  if (outcome?.kind !== 'value' || outcome.column.id !== column.id) return null;
  return typeof outcome.json === 'string' ? outcome.json : canonicalJson(outcome.json);
}
