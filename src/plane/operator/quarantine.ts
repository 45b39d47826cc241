import { hash } from 'node:crypto';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import type { LeafBody } from '#plane/ledger';
import type { Grants, Under } from './grants.ts';
import type { Party } from './grantleaf.ts';
import { appendLeaf } from './grantleaf.ts';
import { inTransaction } from './grantstep.ts';
import { contextOf, createIntake } from './intake.ts';
import type { IntakeSettings, Rejected } from './intake.ts';
import { REVEAL_ITEMS_MAX } from './limits.ts';
import { ageItems, discardItems, findItems, listItems } from './quarantinetable.ts';
import type { Item, ItemPage, SealedItem } from './quarantinetable.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

export type QuarantineSettings = IntakeSettings & {
  readonly grants: Pick<Grants, 'use'>;
  readonly keepDays: number;
};

export type RevealedItem = Item & { readonly content: Uint8Array };

export type RevealWish = {
  readonly items: readonly string[];
  /** Null for whichever grant of the caller allows it. */
  readonly grant: string | null;
};

/** Rejected rows and events, sealed under a key of their own. */
export type Quarantine = {
  /** Takes an item along; never throws, never waits (see `createIntake`). */
  keep(rejected: Rejected): void;
  /** What there is, and never what it was. */
  list(page: ItemPage): Promise<readonly Item[]>;
  /**
   * Shows items, all or none, under a grant for break-glass: each is a leaf that a checkpoint covers before it is opened, and
   * a row of the grant. Throws `not-found`, and what `Grants.use` throws.
   */
  reveal(wish: RevealWish, by: Party): Promise<readonly RevealedItem[]>;
  /** Removes items for good; throws `not-found` when one of them is not there. */
  discard(ids: readonly string[], by: { readonly id: Id<'sub'> }): Promise<void>;
  /** Removes what is old enough, and tells what was dropped. */
  tend(): Promise<void>;
};

export function openQuarantine(settings: QuarantineSettings): Quarantine {
  const { pool, clock, keepDays } = settings;
  const intake = createIntake(settings);
  return {
    keep: (rejected) => intake.keep(rejected),
    list: (page) => listItems(pool, page),
    reveal: (wish, by) => reveal(settings, wish, by),
    discard: (ids, by) =>
      inTransaction(pool, async (tx) => {
        const removed = await discardItems(tx, ids);
        if (removed !== new Set(ids).size) missing();
        await appendLeaf(
          settings.ledger,
          tx,
          removedLeaf({ kind: 'subject', id: by.id }, removed, 'discarded'),
        );
      }),
    async tend() {
      await inTransaction(pool, async (tx) => {
        const removed = await ageItems(tx, clock() - keepDays * DAY_MS);
        if (removed > 0)
          await appendLeaf(settings.ledger, tx, removedLeaf({ kind: 'plane' }, removed, 'age'));
      });
      await intake.settle();
    },
  };
}

async function reveal(
  settings: QuarantineSettings,
  { items: wanted, grant }: RevealWish,
  by: Party,
): Promise<readonly RevealedItem[]> {
  const ids = [...new Set(wanted)];
  if (ids.length < 1 || ids.length > REVEAL_ITEMS_MAX)
    throw new Problem('invalid', `expected 1 to ${REVEAL_ITEMS_MAX} items, got ${ids.length}`);
  const found = new Map(
    (await findItems(settings.pool, ids)).map((item) => [item.id as string, item]),
  );
  const items = ids.map((id) => found.get(id) ?? missing());
  const channels = [...new Set(items.map(({ channel }) => channel))];
  const use = { capability: 'break-glass', things: channels, rows: items.length } as const;
  await settings.grants.use(
    { ...use, grant, operation: 'revealQuarantined' },
    by,
    async (tx, under) => {
      let leaf = 0;
      for (const item of items)
        leaf = await appendLeaf(settings.ledger, tx, revealedLeaf(item, under));
      return { leaf, value: undefined };
    },
  );
  // INVARIANT: nothing is opened before this line, where the leaves are covered.
  return Promise.all(items.map((item) => opened(settings, item)));
}

async function opened(
  { sealer, plane }: QuarantineSettings,
  item: SealedItem,
): Promise<RevealedItem> {
  const { sealed, ...rest } = item;
  if (hash('sha256', sealed) !== item.digest)
    throw new Problem('corrupt', `item \`${item.id}\` is not what its leaf tells of`);
  return { ...rest, content: await sealer.open(sealed, contextOf(plane, item)) };
}

function revealedLeaf(item: Item, under: Under): LeafBody<'quarantine-revealed'> {
  const { id, channel, leaf: kept, digest } = item;
  return { kind: 'quarantine-revealed', ...under, item: id, channel, kept, digest };
}

function removedLeaf(
  actor: LeafBody<'quarantine-removed'>['actor'],
  items: number,
  why: 'age' | 'discarded',
): LeafBody<'quarantine-removed'> {
  return { kind: 'quarantine-removed', actor, items, why };
}

function missing(): never {
  throw new Problem('not-found', 'one of the items is not in the quarantine', {
    hint: '`privet quarantine list` lists them; old ones are removed by themselves',
  });
}
