import { hash } from 'node:crypto';
import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import { Problem, problemFrom } from '#base/problem';
import type { Pool } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import type { Sealer } from '#plane/sources';
import { CHANNELS } from './channel.ts';
import type { Channel } from './channel.ts';
import { inTransaction } from './grantstep.ts';
import { appendLeaf } from './grantleaf.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX, ITEMS_PER_MINUTE_MAX, ITEMS_WAITING_MAX } from './limits.ts';
import { insertItem, roomTaken } from './quarantinetable.ts';

/** Key of everything an operator may be shown; it rolls by schedule. */
const SCOPE = 'rolling/operator/quarantine';
const MINUTE_MS = 60_000;

export type IntakeSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly ledger: Pick<Ledger, 'append' | 'write'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly bytesMax: number;
  readonly onFault: (problem: Problem) => void;
};

/** A row or event that was rejected: where, why, and what it was. */
export type Rejected = {
  readonly channel: Channel;
  /** A problem code of ours, a fault, or a SQLSTATE. */
  readonly code: string;
  readonly content: Uint8Array;
};

export type Intake = {
  /** Takes an item along; never throws, never waits. What is too much is dropped and counted. */
  keep(rejected: Rejected): void;
  /** Resolves when what was taken is kept or counted, and what was dropped is in the ledger. */
  settle(): Promise<void>;
};

/** Items on their way into the quarantine, sealed one after another so that a flood costs the plane no more than this. */
export function createIntake(settings: IntakeSettings): Intake {
  const waiting: Rejected[] = [];
  const dropped = new Map<Channel, number>();
  const pace = createPace(settings.clock);
  let running: Promise<void> | null = null;
  const drop = (channel: Channel) => dropped.set(channel, (dropped.get(channel) ?? 0) + 1);

  async function run(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const kept = await store(settings, item).catch((thrown: unknown) => {
        settings.onFault(problemFrom(thrown));
        return false;
      });
      if (!kept) drop(item.channel);
    }
    running = null;
  }

  async function tellDropped(): Promise<void> {
    for (const channel of CHANNELS) {
      const items = dropped.get(channel) ?? 0;
      if (items === 0) continue;
      dropped.delete(channel);
      const actor = { kind: 'plane' } as const;
      await settings.ledger.write({ kind: 'quarantine-dropped', actor, channel, items });
    }
  }

  return {
    keep(rejected) {
      if (waiting.length >= ITEMS_WAITING_MAX || !pace(rejected.channel)) {
        drop(rejected.channel);
        return;
      }
      // The caller's buffer may be used again.
      const content = rejected.content.slice(0, ITEM_BYTES_MAX + 1);
      waiting.push({ ...rejected, content });
      running ??= run();
    },
    async settle() {
      await running;
      await tellDropped();
    },
  };
}

/** Whether one more of a channel may be kept this minute. */
function createPace(clock: Clock): (channel: Channel) => boolean {
  const counts = new Map<Channel, { readonly minute: number; items: number }>();
  return (channel) => {
    const minute = Math.floor(clock() / MINUTE_MS);
    const known = counts.get(channel);
    const count = known?.minute === minute ? known : { minute, items: 0 };
    counts.set(channel, count);
    count.items += 1;
    return count.items <= ITEMS_PER_MINUTE_MAX;
  };
}

/** Seals an item and keeps it, with its leaf; false when there is no room. */
async function store(settings: IntakeSettings, rejected: Rejected): Promise<boolean> {
  const { pool, plane, ledger, sealer, clock, random } = settings;
  const { channel } = rejected;
  const atMs = clock();
  const id = newId('qit', { nowMs: atMs, random });
  const content = rejected.content.subarray(0, ITEM_BYTES_MAX);
  const sealed = await sealer.seal(SCOPE, content, contextOf(plane, { id, channel }));
  const about = {
    channel,
    code: codeOf(rejected.code),
    bytes: content.length,
    digest: hash('sha256', sealed),
  };
  return inTransaction(pool, async (tx) => {
    const taken = await roomTaken(tx);
    if (taken.items >= ITEMS_MAX || taken.bytes + content.length > settings.bytesMax) return false;
    const actor = { kind: 'plane' } as const;
    const leaf = await appendLeaf(ledger, tx, {
      kind: 'quarantine-kept',
      actor,
      item: id,
      ...about,
    });
    const cut = rejected.content.length > content.length;
    await insertItem(tx, { id, ...about, atMs, cut, leaf, sealed });
    return true;
  });
}

/** What an item's envelope is bound to, so that one cannot pass for another. */
export function contextOf(
  plane: string,
  { id, channel }: { readonly id: string; readonly channel: string },
): Readonly<Record<string, string>> {
  return { purpose: 'quarantine', plane, item: id, channel };
}

/** A code is one word of ours; anything else could be somebody's words. */
function codeOf(code: string): string {
  return /^[a-z][a-z-]{0,40}$|^[0-9A-Z]{5}$/u.test(code) ? code : 'other';
}
