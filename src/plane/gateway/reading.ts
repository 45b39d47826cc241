import { Problem } from '#base/problem';
import type { StatementPlan } from '#engines/sql';
import type { AppliedMask } from './cell.ts';
import type { StreamMask } from './guard.ts';
import type { GatewayPorts } from './port.ts';
import type { RowMasks } from './rowmask.ts';
import type { RuleSet } from './ruleset.ts';

/** The plan whose columns a statement sends out, with the rules it was made under; EXECUTE and FETCH borrow one. */
export type Reading = {
  readonly plan: StatementPlan;
  readonly consulted: readonly number[];
  readonly rulesKey: string;
  readonly rules: RuleSet;
};

/** A statement that runs upstream and what came of it so far. */
export type Running = {
  /** What the client sent. */
  readonly plan: StatementPlan;
  readonly reading: Reading;
  readonly masks: RowMasks;
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
export async function masksOf(reading: Reading, ports: GatewayPorts): Promise<RowMasks> {
  const { output, relations } = reading.plan;
  if (output.every((column) => column.stream === null)) return [];
  const known = new Map<string, StreamMask>();
  for (const oid of [...relations, ...reading.consulted]) {
    for (const [digest, mask] of reading.rules.detail(oid).masks) known.set(digest, mask);
  }
  return Promise.all(
    output.map(async ({ stream }): Promise<AppliedMask | null> => {
      if (stream === null) return null;
      const mask = known.get(stream);
      if (mask === undefined)
        throw new Problem('internal', 'mask of a planned column is not known');
      return { spec: mask.spec, key: await ports.maskKey(mask.scope) };
    }),
  );
}
