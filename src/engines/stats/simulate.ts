import type { Series } from './series.ts';
import type { Settings } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { score } from './score.ts';

/** What settings would have done, had they been in force. */
export type Simulation = {
  readonly judged: number;
  readonly unjudged: number;
  /** Anomalous points in a row are one alarm: a person is told once. */
  readonly alarms: readonly Alarm[];
  readonly alarmsPerThousand: number;
  readonly verdicts: readonly Verdict[];
};

export type Alarm = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
  readonly first: Verdict & { readonly kind: 'anomalous' };
};

/** Runs settings over a history, as if every point had been new once. */
export function simulate(history: Series, settings: Settings): Simulation {
  const verdicts = score(history, settings);
  const judged = verdicts.filter(({ kind }) => kind !== 'unjudged').length;
  const alarms = alarmsIn(verdicts);
  return {
    judged,
    unjudged: verdicts.length - judged,
    alarms,
    alarmsPerThousand: judged === 0 ? 0 : (alarms.length / judged) * 1_000,
    verdicts,
  };
}

/** Anomalous points that follow each other, gaps between them disregarded. */
function alarmsIn(verdicts: readonly Verdict[]): readonly Alarm[] {
  const alarms: Alarm[] = [];
  let follows = false;
  for (const verdict of verdicts) {
    if (verdict.kind === 'unjudged') continue;
    if (verdict.kind === 'anomalous') {
      const open = follows ? alarms.pop() : undefined;
      const { atMs } = verdict;
      alarms.push({
        fromMs: open?.fromMs ?? atMs,
        toMs: atMs,
        points: (open?.points ?? 0) + 1,
        first: open?.first ?? verdict,
      });
    }
    follows = verdict.kind === 'anomalous';
  }
  return alarms;
}
