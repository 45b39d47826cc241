import { unreachable } from '#base/assert';
import { problemFrom } from '#base/problem';
import type { CatalogSource } from '#boundary';
import type { Collector, Reach } from '#plane/collector';
import type { Caller } from './guard.ts';
import type { Room } from './route.ts';

type Wish = {
  readonly documents: readonly unknown[];
  readonly prune: boolean;
  readonly requestId: string;
};

/** Applies monitors under the caller's rights; a refusal is a leaf. */
export async function applyMonitors(
  room: Room,
  caller: Caller,
  { documents, prune, requestId }: Wish,
): ReturnType<Collector['monitors']['apply']> {
  const actor = { kind: 'subject', id: caller.subject.id } as const;
  try {
    return await room.collector.monitors.apply(
      { documents, prune, mayReach: (warehouse, reach) => mayReach(caller, warehouse, reach) },
      actor,
    );
  } catch (thrown) {
    if (problemFrom(thrown).code === 'denied') {
      await room.ledger.write({
        kind: 'access-refused',
        decisions: [],
        actor,
        session: requestId,
        operation: 'applyMonitors',
        code: 'denied',
        address: null,
      });
    }
    throw thrown;
  }
}

/**
 * Whether somebody may have a monitor pick out rows: of a source, its owners; of a table that is no source, or that nobody
 * owns, whoever has permission `data-owner`. Operating a warehouse is not owning what is in it.
 */
function mayReach({ subject, bundle }: Caller, warehouse: string, reach: Reach): boolean {
  const isKeeper = subject.permissions.includes('data-owner');
  const owns = (source: CatalogSource | undefined) =>
    source === undefined || source.owners.length === 0
      ? isKeeper
      : source.owners.includes(subject.name);
  const sources = bundle.sources.filter(({ system }) => system === warehouse);
  switch (reach.kind) {
    case 'none':
      return true;
    case 'tables':
      return reach.tables.every(({ schema, name }) =>
        owns(sources.find((source) => source.schema === schema && source.name === name)),
      );
    case 'warehouse':
      return isKeeper && sources.every(owns);
  }
  return unreachable(reach);
}
