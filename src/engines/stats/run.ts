import type { Verdict } from './verdict.ts';

/** Of the alarms of one run, this share may be false on average. */
const FALSE_SHARE = 0.1;

/**
 * The verdicts of one run over many series, with the weakest alarms taken back so that of those that stay at most `falseShare`
 * are false on average (Benjamini and Hochberg): a run over 100,000 series would else raise a hundred false ones at a budget of
 * one in a thousand. Verdicts without a p-value (Elementary's) stay as they are.
 */
export function controlRun(
  verdicts: readonly Verdict[],
  falseShare: number = FALSE_SHARE,
): readonly Verdict[] {
  const pValues = verdicts.flatMap((verdict) => pValueOf(verdict) ?? []);
  const limit = benjaminiHochberg(pValues, falseShare);
  return verdicts.map((verdict) => {
    const pValue = pValueOf(verdict);
    if (verdict.kind !== 'anomalous' || pValue === null || pValue <= limit) return verdict;
    const { atMs, value, explanation } = verdict;
    return { atMs, value, kind: 'normal', explanation: { ...explanation, threshold: limit } };
  });
}

/** The largest p-value that is still an alarm, or 0: the largest p(k) with p(k) ≤ share · k / m, of all m in order. */
function benjaminiHochberg(pValues: readonly number[], share: number): number {
  const sorted = pValues.toSorted((left, right) => left - right);
  return sorted.findLast((p, index) => p <= (share * (index + 1)) / sorted.length) ?? 0;
}

function pValueOf(verdict: Verdict): number | null {
  return verdict.kind === 'unjudged' ? null : verdict.explanation.pValue;
}
