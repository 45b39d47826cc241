import type { MaskKey } from '#engines/crypto';
import type { LeafBody } from '#plane/ledger';
import type { VaultCaller } from '../caller.ts';
import type { VaultGround } from '../ground.ts';
import type { KeyBag } from '../keys/keybag.ts';
import { recordDigest, toldBy } from '../leaf.ts';
import { PAGE_RECORDS_MAX } from '../limits.ts';
import { isUuid } from '../schema/place.ts';
import { recordsById, wholeRecords } from '../records/recordtable.ts';
import type { TableSchema, VaultSchema } from '../schema/schema.ts';

type Touch = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  readonly table: TableSchema;
};

/** What the ledger is told when somebody touched a canary. */
export function canaryLeaf(index: MaskKey, touch: Touch, record: string): LeafBody<'vault-alarm'> {
  const { caller, vault, table } = touch;
  return {
    kind: 'vault-alarm',
    ...toldBy(caller, vault),
    table: table.id,
    reason: 'canary',
    record: recordDigest(index, record),
  };
}

/** Raises the alarm for each of the records that is a canary: whoever names one has touched it, also where the answer is no. */
export async function alarmCanaries(
  { ports }: VaultGround,
  bag: KeyBag,
  touch: Touch & { readonly ids: readonly string[] },
): Promise<void> {
  const ids = [...new Set(touch.ids)].filter(isUuid);
  if (ids.length === 0) return;
  for (let at = 0; at < ids.length; at += PAGE_RECORDS_MAX) {
    const some = ids.slice(at, at + PAGE_RECORDS_MAX);
    const rows = wholeRecords(await recordsById(ports.pool, touch.table, some));
    for (const opened of await bag.open(touch.table, rows)) {
      if (opened.kind !== 'record' || !opened.record.state.canary) continue;
      await ports.ledger.write(canaryLeaf(bag.index, touch, opened.record.id));
    }
  }
}
