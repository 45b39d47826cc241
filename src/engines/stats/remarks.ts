import type { Feedback } from './settings.ts';

/** What a person said about one point, or null. */
export type Remark = 'normal' | 'anomalous' | 'new-normal' | 'exclude' | null;

/**
 * Answers for points in order of time. A remark about a moment holds for the point of that moment; a new normal that fell into a gap begins
 * with the next point.
 */
export function openRemarks(feedback: readonly Feedback[]): (atMs: number) => Remark {
  const excluded = feedback.filter((one) => one.kind === 'exclude');
  const remarks = feedback.filter((one) => one.kind !== 'exclude');
  const told = new Map(remarks.map(({ atMs, kind }) => [atMs, kind]));
  const begins = remarks
    .filter(({ kind }) => kind === 'new-normal')
    .map(({ atMs }) => atMs)
    .sort((left, right) => left - right);
  let next = 0;
  return (atMs) => {
    if (excluded.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)) return 'exclude';
    let begun = false;
    for (; (begins[next] ?? Number.POSITIVE_INFINITY) <= atMs; next += 1) begun = true;
    return begun ? 'new-normal' : (told.get(atMs) ?? null);
  };
}
