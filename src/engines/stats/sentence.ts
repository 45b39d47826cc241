import type { Verdict } from './verdict.ts';

/** One English sentence that says what was found, with the numbers it rests on. `what` names the metric: `rows of crm.orders`. */
export function sentenceOf(verdict: Verdict, what: string): string {
  if (verdict.kind === 'unjudged') return `${what}: not judged, ${WHY[verdict.why]}`;
  const { expected, accepted, model, training, pValue, threshold, view, calendar } =
    verdict.explanation;
  const found =
    verdict.kind === 'normal' ? 'as expected' : `a ${verdict.side}${BY[view.kind](view.points)}`;
  const how = [model, ...calendar].join(', ');
  const band = `${shown(accepted.low, 'any')} to ${shown(accepted.high, 'any')}`;
  const odds = pValue === null ? `sensitivity ${threshold}` : oddsOf(pValue);
  const aside = training.setAside === 0 ? '' : `, ${training.setAside} of them set aside`;
  return (
    `${what}: ${shown(verdict.value, 'none')} is ${found}; expected ${shown(expected, '')}, accepted ${band}` +
    ` (${how}, ${training.points} points${aside}; ${odds})`
  );
}

const BY = {
  point: () => '',
  drift: (points: number) => `, with the ${points - 1} points before it`,
  silence: (points: number) => `, nothing for ${points} points`,
} as const;

const WHY = {
  'no-value': 'nothing was measured',
  'too-little-history': 'too little history',
  'no-earlier-holidays': 'there is no earlier holiday to compare with',
  excluded: 'it is excluded',
} as const;

function oddsOf(pValue: number): string {
  if (pValue >= 0.5) return 'quite usual';
  if (pValue < 1e-6) return 'fewer than 1 normal point in a million are like that';
  return `about 1 normal point in ${shown(1 / pValue, '')} is like that`;
}

function shown(value: number | null, none: string): string {
  return value === null ? none : String(Number(value.toPrecision(4)));
}
