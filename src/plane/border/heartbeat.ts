import { hex } from '#base/bytes';
import type { Clock } from '#base/clock';
import type { FactBody } from '#boundary';
import { transaction } from '#platform/db';
import type { Pool } from '#platform/db';
import type { Turn } from '#platform/process';
import type { Ledger } from '#plane/ledger';
import type { BundleState } from './freshness.ts';
import { OUTBOX_WAITING_MAX, SENT_KEPT_MS } from './limits.ts';
import { readState } from './intake.ts';
import { heartbeatWaits, outboxState, pruneOutbox, storeFacts } from './outbox.ts';
import type { OutboxState } from './outbox.ts';
import type { Teller } from './teller.ts';

export type HeartbeatSettings = {
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly plane: string;
  readonly clock: Clock;
  readonly teller: Teller;
  readonly current: () => BundleState<unknown>;
  /** Client connections open at the gateway. */
  readonly connections: () => number;
  readonly onStored: () => void;
};

/**
 * Makes the turn that says how far everything has come, notes in the ledger what was dropped and when the bundle turned
 * stale, and keeps the outbox within its bounds.
 */
export function createHeartbeat(settings: HeartbeatSettings): () => Promise<Turn> {
  const { pool, ledger, teller, clock } = settings;
  let staleSerial = 0;

  return async () => {
    const bundle = settings.current();
    if (bundle.kind === 'stale' && bundle.bundle.serial !== staleSerial) {
      staleSerial = bundle.bundle.serial;
      await ledger.write({ kind: 'bundle-stale', actor: { kind: 'plane' }, serial: staleSerial });
    }
    await noteDropped(ledger, teller);
    await pruneOutbox(pool, clock() - SENT_KEPT_MS);
    const outbox = await outboxState(pool);
    teller.admit(outbox.waiting < OUTBOX_WAITING_MAX);
    if (!(await heartbeatWaits(pool))) await beat(settings, outbox);
    settings.onStored();
    return 'wait';
  };
}

async function beat(settings: HeartbeatSettings, outbox: OutboxState): Promise<void> {
  const { pool, plane, clock } = settings;
  const [state, head] = [await readState(pool), await settings.ledger.head()];
  const body: FactBody<'heartbeat'> = {
    kind: 'heartbeat',
    timeMs: clock(),
    bundleSerial: state.bundleSerial,
    bundleState: settings.current().kind,
    actsThrough: state.actsThrough,
    ledger: { size: head.size, chain: hex(head.chain) },
    outbox,
    connections: settings.connections(),
  };
  await transaction(pool, (tx) => storeFacts(tx, plane, [body]));
}

async function noteDropped(ledger: Ledger, teller: Teller): Promise<void> {
  const facts = teller.takeDropped();
  if (facts > 0) await ledger.write({ kind: 'facts-dropped', actor: { kind: 'plane' }, facts });
}
