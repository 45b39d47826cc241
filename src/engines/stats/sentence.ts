import type { Verdict } from './verdict.ts';

/** One English sentence that says what was found, with the numbers it rests on. `what` names the metric: `rows of crm.orders`. */
export function sentenceOf(verdict: Verdict, what: string): string {
  if (verdict.kind === 'unjudged') return `${what}: not judged, ${WHY[verdict.why]}`;
  const { expected, accepted, model, training, pValue, threshold } = verdict.explanation;
  const found = verdict.kind === 'normal' ? 'as expected' : `a ${verdict.side}`;
  const band = `${shown(accepted.low, 'any')} to ${shown(accepted.high, 'any')}`;
  const odds = pValue === null ? `sensitivity ${threshold}` : oddsOf(pValue);
  const aside = training.setAside === 0 ? '' : `, ${training.setAside} of them set aside`;
  return (
    `${what}: ${shown(verdict.value, 'none')} is ${found}; expected ${shown(expected, '')}, accepted ${band}` +
    ` (${model}, ${training.points} points${aside}; ${odds})`
  );
}

const WHY = {
  'no-value': 'nothing was measured',
  'too-little-history': 'too little history',
  excluded: 'it is excluded',
} as const;

function oddsOf(pValue: number): string {
  return pValue >= 0.5
    ? 'quite usual'
    : `about 1 normal point in ${shown(1 / pValue, '')} is like that`;
}

function shown(value: number | null, none: string): string {
  return value === null ? none : String(Number(value.toPrecision(4)));
}
