import type { LeafBody } from '#plane/ledger';
import type { Ruling, VaultSchema } from '#plane/vault';
import type { Deidentified } from './deidentify.ts';
import type { VaultCall } from '../route.ts';

type Leaf = LeafBody<'text-deidentified'>;

/** How many values of a kind were replaced how. */
export type ReplacedCount = Leaf['replaced'][number];

const BY = {
  entity_only: 'entity',
  entity_unq_counter: 'counter',
  vault_token: 'token',
  shifted_date: 'shifted-date',
} as const;

/** Counts by kind and by what it was replaced with, in the order they first came. */
export function startCounts(): {
  add(replaced: Deidentified['replaced']): void;
  all(): readonly ReplacedCount[];
} {
  const counts = new Map<string, { entity: string; by: ReplacedCount['by']; values: number }>();
  return {
    add(replaced) {
      for (const { entity, kind } of replaced) {
        const by = BY[kind];
        const count = counts.get(`${entity} ${by}`) ?? { entity, by, values: 0 };
        counts.set(`${entity} ${by}`, { ...count, values: count.values + 1 });
      }
    },
    all: () => [...counts.values()],
  };
}

/** Writes how much of which kind was replaced; before the caller hears of it. Nothing of the text is in it. */
export async function noteDeidentified(
  { room, caller }: Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'caller'>,
  told: Pick<Leaf, 'source' | 'characters' | 'replaced'> & {
    readonly vault: VaultSchema['id'];
    /** Rulings of which one lets the caller do it. */
    readonly rulings: readonly Ruling[];
  },
): Promise<void> {
  const { rulings, ...rest } = told;
  const allowed = rulings.find(({ effect }) => effect === 'allow');
  const decision = allowed?.id ?? '';
  await room.ledger.write({ ...caller, kind: 'text-deidentified', ...rest, decision });
  const values = rest.replaced.reduce((sum, one) => sum + one.values, 0);
  allowed?.came?.({ records: 0, values });
}
