import type { LeafBody } from '#plane/ledger';
import type { Ruling, VaultSchema } from '#plane/vault';
import type { Deidentified } from './deidentify.ts';
import type { VaultCall } from './route.ts';

type Leaf = LeafBody<'text-deidentified'>;

const BY = {
  entity_only: 'entity',
  entity_unq_counter: 'counter',
  vault_token: 'token',
} as const;

/** Writes how much of which kind was replaced; before the caller hears of it. Nothing of the text is in it. */
export async function noteDeidentified(
  { room, caller }: Pick<VaultCall<unknown, unknown, unknown>, 'room' | 'caller'>,
  told: {
    readonly vault: VaultSchema['id'];
    /** Rulings of which one lets the caller do it. */
    readonly rulings: readonly Ruling[];
    readonly source: Leaf['source'];
    readonly characters: number;
    readonly replaced: Deidentified['replaced'];
  },
): Promise<void> {
  const groups = Map.groupBy(told.replaced, ({ entity, kind }) => `${entity} ${BY[kind]}`);
  const allowed = told.rulings.find(({ effect }) => effect === 'allow');
  await room.ledger.write({
    ...caller,
    kind: 'text-deidentified',
    vault: told.vault,
    decision: allowed?.id ?? '',
    source: told.source,
    characters: told.characters,
    replaced: [...groups.values()].map((group) => {
      const [{ entity, kind } = { entity: 'restricted', kind: 'entity_only' as const }] = group;
      return { entity, by: BY[kind], values: group.length };
    }),
  });
}
