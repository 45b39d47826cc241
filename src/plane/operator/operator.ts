import type { Clock } from '#base/clock';
import type { Problem } from '#base/problem';
import { problemFrom } from '#base/problem';
import type { Secret } from '#base/secret';
import type { Pool } from '#platform/db';
import type { Ledger, Log } from '#plane/ledger';
import type { Sealer } from '#plane/sources';
import { CHANNELS } from './channel.ts';
import { createGrantClock } from './grantclock.ts';
import { openGrants } from './grants.ts';
import type { Grants } from './grants.ts';
import { openIncidents } from './incidents.ts';
import type { Incidents } from './incidents.ts';
import { openOps } from './ops.ts';
import type { Ops } from './ops.ts';
import { openQuarantine } from './quarantine.ts';
import type { Quarantine } from './quarantine.ts';
import { START } from './upgrade.ts';
import { VIEWS } from './view.ts';

export type OperatorSettings = {
  readonly pool: Pool;
  readonly plane: string;
  readonly ledger: Pick<Ledger, 'append' | 'write' | 'read'>;
  readonly log: Pick<Log, 'covered' | 'proof'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Milliseconds by a clock nobody can set. */
  readonly steady: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly breakGlassApprovals: number;
  readonly emergency: boolean;
  /** Acts that a grant to operate may name. */
  readonly operations: readonly string[];
  /** Whether people with permission `operator` may act without a grant. */
  readonly standing: boolean;
  /** What the quarantine holds at most, and how long. */
  readonly quarantine: { readonly bytesMax: number; readonly keepDays: number };
  /** Of the role that reads the `ops` views and nothing else; null for none. */
  readonly databaseUrl: Secret | null;
  readonly outputDays: number;
  readonly onFault: (problem: Problem) => void;
};

/** The access of operators to a plane. */
export type Operator = {
  readonly grants: Grants;
  readonly standing: boolean;
  readonly quarantine: Quarantine;
  readonly ops: Ops;
  readonly incidents: Incidents;
  close(): Promise<void>;
};

/** What time ends is written down this soon after. */
const SWEEP_EVERY_MS = 5_000;
/** What is old is removed, and what was dropped is told. */
const TEND_EVERY_MS = 60_000;

/** Opens it; throws `invalid` when the role of operators can do more than it needs. */
export async function openOperator(settings: OperatorSettings): Promise<Operator> {
  const { clock, steady, breakGlassApprovals, emergency, operations } = settings;
  const things = {
    observe: VIEWS.map(({ name }) => name),
    operate: operations,
    upgrade: [START],
    'break-glass': CHANNELS,
  };
  const grants = openGrants({
    ...settings,
    clock: createGrantClock(clock, steady),
    rules: { breakGlassApprovals, emergency, things },
  });
  const quarantine = openQuarantine({ ...settings, ...settings.quarantine, grants });
  const ops = await openOps({ ...settings, grants, keepDays: settings.outputDays });
  const ends = [
    regularly(SWEEP_EVERY_MS, () => grants.sweep(), settings.onFault),
    regularly(TEND_EVERY_MS, () => quarantine.tend(), settings.onFault),
    regularly(TEND_EVERY_MS, () => ops.tend(), settings.onFault),
  ];
  return {
    grants,
    standing: settings.standing,
    quarantine,
    ops,
    incidents: openIncidents(settings),
    async close() {
      for (const end of ends) await end();
      await quarantine.tend();
      await ops.close();
    },
  };
}

/** Does something now and then, never twice at once; gives what ends that and waits for it. */
function regularly(
  everyMs: number,
  work: () => Promise<void>,
  onFault: (problem: Problem) => void,
): () => Promise<void> {
  let running: Promise<void> | null = null;
  const run = async () => {
    await work().catch((thrown: unknown) => onFault(problemFrom(thrown)));
    running = null;
  };
  const timer = setInterval(() => {
    running ??= run();
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
