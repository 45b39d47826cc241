import { Problem } from '#base/problem';
import { maskKeyHeld } from '#engines/crypto';
import type { StatementPlan } from '#engines/sql';
import type { AppliedMask } from './cell.ts';
import type { StreamMask } from '../planning/guard.ts';
import type { GatewayPorts } from '../port.ts';
import type { RuleSet } from '../planning/ruleset.ts';

/** The plan whose columns a statement sends out, with the rules it was made under; EXECUTE and FETCH borrow one. */
export type Reading = {
  readonly plan: StatementPlan;
  readonly consulted: readonly number[];
  readonly rulesKey: string;
  readonly rules: RuleSet;
};

/** A mask and the scope its key is asked for by. */
export type KeptMask = AppliedMask & { readonly scope: string };

/** A statement that runs upstream and what came of it so far. */
export type Running = {
  /** What the client sent. */
  readonly plan: StatementPlan;
  readonly reading: Reading;
  readonly masks: readonly (KeptMask | null)[];
  /** Whether any column is masked on the way out. */
  readonly masked: boolean;
  /** Whether RowDescription (or an earlier Describe) agreed with the plan. */
  checked: boolean;
  rows: number;
  bytes: number;
  readonly startedMicros: number;
  /** Masks COPY lines; made when the copy begins. */
  copy: ((bodies: readonly Buffer[]) => Buffer[]) | null;
  /** Whether the client's text went up unchanged, so that error positions hold. */
  readonly positions: boolean;
};

/** Looks up the masks of a plan's stream columns and fetches their keys; throws when a key cannot be had. */
export async function masksOf(reading: Reading, ports: GatewayPorts): Promise<Running['masks']> {
  const { output, relations } = reading.plan;
  if (output.every((column) => column.stream === null)) return [];
  const known = new Map<string, StreamMask>();
  for (const oid of [...relations, ...reading.consulted]) {
    for (const [digest, mask] of reading.rules.detail(oid).masks) known.set(digest, mask);
  }
  return Promise.all(
    output.map(async ({ stream }): Promise<KeptMask | null> => {
      if (stream === null) return null;
      const mask = known.get(stream);
      if (mask === undefined)
        throw new Problem('internal', 'mask of a planned column is not known');
      return { spec: mask.spec, scope: mask.scope, key: await ports.maskKey(mask.scope) };
    }),
  );
}

/**
 * To be asked before each batch of masked rows: keys are leased, and a client that stops reading can outlast a lease. A
 * promise where keys must be asked for again first, null where all are held. It rejects when the key service does not give
 * one any more, and with `conflict` when one was rolled meanwhile: one answer shows one mask.
 */
export function keysRenewed({ masks }: Running, ports: GatewayPorts): Promise<void> | null {
  const lost = masks.filter((mask) => mask !== null && !maskKeyHeld(mask.key));
  return lost.length === 0 ? null : renew(lost, ports);
}

async function renew(masks: Running['masks'], ports: GatewayPorts): Promise<void> {
  for (const mask of masks) {
    if (mask === null) continue;
    const key = await ports.maskKey(mask.scope);
    if (key.version !== mask.key.version)
      throw new Problem('conflict', 'a mask key was rolled while the statement stood still', {
        hint: 'run the statement again',
      });
    mask.key = key;
  }
}
