import type { Clock } from '#base/clock';
import type { Problem } from '#base/problem';
import { problemFrom } from '#base/problem';
import type { Pool } from '#platform/db';
import type { Ledger, Log } from '#plane/ledger';
import { CHANNELS } from './channel.ts';
import { createGrantClock } from './grantclock.ts';
import { openGrants } from './grants.ts';
import type { Grants } from './grants.ts';
import { VIEWS } from './view.ts';

export type OperatorSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'write'>;
  readonly log: Pick<Log, 'covered'>;
  readonly clock: Clock;
  /** Milliseconds by a clock nobody can set. */
  readonly steady: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly breakGlassApprovals: number;
  readonly emergency: boolean;
  /** Acts that a grant to operate may name. */
  readonly operations: readonly string[];
  readonly onFault: (problem: Problem) => void;
};

/** The access of operators to a plane. */
export type Operator = {
  readonly grants: Grants;
  close(): Promise<void>;
};

/** What time ends is written down this soon after. */
const SWEEP_EVERY_MS = 5_000;

export function openOperator(settings: OperatorSettings): Operator {
  const { clock, steady, breakGlassApprovals, emergency, operations } = settings;
  const things = {
    observe: VIEWS.map(({ name }) => name),
    operate: operations,
    upgrade: ['start'],
    'break-glass': CHANNELS,
  };
  const grants = openGrants({
    ...settings,
    clock: createGrantClock(clock, steady),
    rules: { breakGlassApprovals, emergency, things },
  });
  let sweeping: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweeping
      .then(() => grants.sweep())
      .catch((thrown: unknown) => settings.onFault(problemFrom(thrown)));
  }, SWEEP_EVERY_MS);
  timer.unref();
  return {
    grants,
    async close() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
