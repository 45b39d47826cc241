import { setTimeout } from 'node:timers/promises';
import { BY_ITSELF, inWork } from '#control/identity';
import { remind, sendDueAlerts } from './alertdesk.ts';
import type { AlertDesk } from './alertdesk.ts';
import { keepHealth } from './health.ts';
import { carryTags } from './lineagetag.ts';
import { watchSilence } from './monitorsilence.ts';
import { forgetOld } from './retention.ts';
import { openScoringThread } from './scoringthread.ts';
import type { ScoringThread } from './scoringthread.ts';

/** Between two looks at what is due. */
const LOOK_MS = 1_000;
const REMIND_EVERY_MS = 60_000;
/** Points of one collection come in several facts; those that come together are judged together. */
const SCORE_EVERY_MS = 5_000;
const WATCH_SILENCE_EVERY_MS = 60_000;
const KEEP_HEALTH_EVERY_MS = 15 * 60_000;
const FORGET_EVERY_MS = 60 * 60_000;

export type ObservatorySettings = AlertDesk & {
  /** Where the thread that judges finds what it judges. */
  readonly databaseUrl: string;
  /** Told what went wrong in a round; the next round tries again. */
  readonly onProblem: (error: unknown, what: string) => void;
};

/** What control does by itself: judges series, sends alerts, reminds, looks for silent monitors, carries tags along lineage, forgets. */
export type Observatory = {
  /** Finishes what is being done and stops. */
  close(): Promise<void>;
};

/** Begins to look after what is due, every second; several processes on one database share the work. */
export function openObservatory(settings: ObservatorySettings): Observatory {
  const scoring = openScoringThread(settings.databaseUrl);
  const closing = new AbortController();
  // Judging many series takes minutes; alerts do not wait for it.
  const running = [dutiesOf(settings), [scoringDuty(scoring)]].map((duties) =>
    rounds(settings, duties, closing.signal),
  );
  return {
    close: async () => {
      closing.abort();
      await scoring.close();
      await Promise.all(running);
    },
  };
}

async function rounds(
  settings: ObservatorySettings,
  duties: readonly Duty[],
  closing: AbortSignal,
): Promise<void> {
  while (!closing.aborted) {
    for (const duty of duties) await attempt(settings, duty, closing);
    // Rejects only when it is time to go.
    await setTimeout(LOOK_MS, undefined, { signal: closing }).catch(() => {});
  }
}

type Duty = {
  readonly what: string;
  readonly everyMs: number;
  next: number;
  run(): Promise<unknown>;
};

function dutiesOf(settings: ObservatorySettings): readonly Duty[] {
  const { office } = settings;
  return [
    { what: 'alerts', everyMs: 0, next: 0, run: () => sendDueAlerts(settings) },
    { what: 'reminders', everyMs: REMIND_EVERY_MS, next: 0, run: () => remind(settings) },
    { what: 'lineage', everyMs: 0, next: 0, run: () => inWork(office, BY_ITSELF, carryTags) },
    { what: 'silence', everyMs: WATCH_SILENCE_EVERY_MS, next: 0, run: () => watchSilence(office) },
    {
      what: 'health',
      everyMs: KEEP_HEALTH_EVERY_MS,
      next: 0,
      run: () => keepHealth(office.pool, office.clock()),
    },
    { what: 'retention', everyMs: FORGET_EVERY_MS, next: 0, run: () => forgetOld(office) },
  ];
}

function scoringDuty(scoring: ScoringThread): Duty {
  return { what: 'scoring', everyMs: SCORE_EVERY_MS, next: 0, run: () => scoring.score() };
}

async function attempt(
  settings: ObservatorySettings,
  duty: Duty,
  closing: AbortSignal,
): Promise<void> {
  const nowMs = settings.office.clock();
  if (nowMs < duty.next) return;
  duty.next = nowMs + duty.everyMs;
  try {
    await duty.run();
  } catch (error) {
    if (closing.aborted) return;
    settings.onProblem(error, duty.what);
  }
}
