import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { LeafBody } from '#plane/ledger';
import { takeBudget } from './budget.ts';
import type { Budget } from './budget.ts';
import { canaryLeaf } from './canary.ts';
import type { Ruling, RulingOf, VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { recordDigest, toldBy } from '../leaf.ts';
import { render, shownRedaction } from '../schema/redaction.ts';
import type { AskedRedaction } from '../schema/redaction.ts';
import type { OpenRecord } from '../records/sealedrecord.ts';
import type { ShownRecord } from '../records/shownrecord.ts';
import type { ColumnSchema, Redaction, TableSchema, VaultSchema } from '../schema/schema.ts';
import { createTally } from './tally.ts';

const HOUR_MS = 3_600_000;

export type RevealOperation = LeafBody<'vault-revealed'>['operation'];

/** What every reveal says of itself. */
export type RevealTerms = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  readonly ruling: RulingOf;
  readonly operation: RevealOperation;
  readonly budget: Budget | null;
};

/**
 * One reveal while it runs: shows values under the rulings and counts them; `settle` takes them off the budget and writes
 * the leaves, and only when it has resolved may anything that was shown leave.
 */
export type Reveal = {
  /** What is shown of a column of a record, or null when nothing is. */
  show(record: ShownRecord, column: ColumnSchema, asked: AskedRedaction): Shown | null;
  /** Notes that the table was searched, so that a leaf tells of it even where nothing matched. */
  asked(table: TableSchema, ruling: Ruling): void;
  /** Counts values that were looked for: each costs one at least, for that one is not there is told, too. */
  searched(values: number): void;
  /** Counts a value that the caller tells by having found the record with it. */
  matched(record: ShownRecord, column: ColumnSchema): void;
  /** Notes that the caller named the record, whether anything of it is shown: a canary raises the alarm. */
  touched(table: TableSchema, record: OpenRecord): void;
  /** Counts a record of which something is shown. */
  count(record: ShownRecord): void;
  /** Notes that something in the database is not what was written. */
  corrupt(table: TableSchema, record: string): void;
  settle(): Promise<void>;
};

export type Shown = { readonly redaction: Redaction; readonly json: Json };

/** The ruling for a table; throws `denied` when nothing of the table may be had, or no purpose was given where one is due. */
export function ruled(terms: Pick<RevealTerms, 'ruling' | 'caller'>, table: TableSchema): Ruling {
  const ruling = permitted(terms, table);
  ruling.came?.(NOTHING_YET);
  return ruling;
}

/** The same where the request hangs on the ruling only once something of the table is shown. */
export function permitted(
  terms: Pick<RevealTerms, 'ruling' | 'caller'>,
  table: TableSchema,
): Ruling {
  const ruling = terms.ruling(table);
  if (ruling.effect === 'deny') {
    throw new Problem('denied', `table \`${table.name}\` is not yours to read`, whyOf(ruling.id));
  }
  if (table.purposeRequired && terms.caller.purpose === null) {
    throw new Problem('denied', `table \`${table.name}\` is read for a purpose only`, {
      hint: 'say which purpose or ticket this is for',
    });
  }
  return ruling;
}

const NOTHING_YET = { records: 0, values: 0 };

/** Throws `denied`, with that message, where none of the rulings lets anything be done: for what is refused before it is read. */
export function requireAny(rulings: readonly Ruling[], message: string): void {
  if (rulings.some(({ effect }) => effect === 'allow')) return;
  // One of them, as good as any: how many tables there are is nobody's business who may do nothing with them.
  const [first] = rulings;
  throw new Problem('denied', message, whyOf(first?.id));
}

export function whyOf(id: string | undefined): { readonly hint?: string } {
  return id === undefined ? {} : { hint: `decision \`${id}\` says why` };
}

/** How much there is, and never how much was asked for: that would tell how much was found. */
function budgetText(budget: Budget | null): string {
  const { valuesMax = 0, windowMs = 0 } = budget ?? {};
  const window = windowMs === HOUR_MS ? 'an hour' : `in ${windowMs / 60_000} minutes`;
  return `the budget of ${valuesMax} values ${window}`;
}

export function startReveal(ground: VaultGround, bag: KeyBag, terms: RevealTerms): Reveal {
  const tally = createTally();
  const alarms = new Map<string, LeafBody<'vault-alarm'>>();
  const { caller, vault } = terms;
  let searched = 0;
  const told = toldBy(caller, vault);
  const isPaid = async () => {
    const take = (values: number) => takeBudget(ground, { ...terms, values });
    const revealed = tally.revealed();
    if (searched === 0) return take(revealed);
    // Searching by itself first: who is refused what was found must not search again without end.
    if (!(await take(searched))) return false;
    return revealed <= searched || take(revealed - searched);
  };
  return {
    show(shown, column, asked) {
      const redaction = shownRedaction(column, asked, shown.ruling.shows(column.id, shown.valueOf));
      const plain = redaction === null ? null : shown.record.cell(column.number);
      if (redaction === null || plain === null) return null;
      tally.value(shown, column, redaction);
      return { redaction, json: column.type === 'file' ? null : render(column, plain, redaction) };
    },
    asked: (table, ruling) => tally.asked({ table, ruling }),
    searched(values) {
      searched += values;
    },
    matched: (shown, column) => tally.value(shown, column, 'PLAIN_TEXT'),
    touched(table, { id, state }) {
      if (state.canary) alarms.set(id, canaryLeaf(bag.index, { caller, vault, table }, id));
    },
    count: (shown) => tally.record(shown),
    corrupt(table, id) {
      const record = recordDigest(bag.index, id);
      alarms.set(id, { kind: 'vault-alarm', ...told, table: table.id, reason: 'corrupt', record });
    },
    async settle() {
      const { ledger } = ground.ports;
      for (const leaf of alarms.values()) await ledger.write(leaf);
      if (!(await isPaid())) {
        const leaf = { kind: 'vault-alarm', ...told, table: null, reason: 'over-budget' } as const;
        await ledger.write({ ...leaf, record: null });
        throw new Problem('limit', `${budgetText(terms.budget)} does not cover this`, {
          hint: 'ask for less at once, wait until the window is over, or ask whoever governs the vault for more',
        });
      }
      const { operation } = terms;
      const leaves = tally
        .tables()
        .map((table) => ({ kind: 'vault-revealed', ...told, operation, ...table }) as const);
      await Promise.all(leaves.map((leaf) => ledger.write(leaf)));
      tally.tell();
    },
  };
}
