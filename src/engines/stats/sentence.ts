import { unreachable } from '#base/assert';
import type { Measure } from './settings.ts';
import type { Verdict } from './verdict.ts';

/**
 * One English sentence that says what was found, with the numbers it rests on. `what` names the metric: `rows of crm.orders`; `measure`
 * says how its numbers are written.
 */
export function sentenceOf(verdict: Verdict, what: string, measure: Measure = 'number'): string {
  if (verdict.kind === 'unjudged') return `${what}: not judged, ${WHY[verdict.why]}`;
  const { expected, accepted, model, training, pValue, threshold, view, calendar } =
    verdict.explanation;
  const found =
    verdict.kind === 'normal' ? 'as expected' : `a ${verdict.side}${BY[view.kind](view.points)}`;
  const how = [model, ...calendar].join(', ');
  const shown = (value: number | null, none: string) =>
    value === null ? none : inUnit(value, measure);
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
  const points = Number((1 / pValue).toPrecision(2));
  return `about 1 normal point in ${points.toLocaleString('en')} is like that`;
}

/** Four digits; what is counted in thousands, time in the unit people say it in. */
function inUnit(value: number, measure: Measure): string {
  const rounded = Number(value.toPrecision(4));
  switch (measure) {
    case 'number':
      return String(rounded);
    case 'count':
      return rounded.toLocaleString('en');
    case 'percent':
      return `${rounded} %`;
    case 'seconds':
      return duration(value);
  }
  return unreachable(measure);
}

function duration(seconds: number): string {
  const [per, unit] =
    seconds < 120
      ? ([1, 's'] as const)
      : seconds < 7_200
        ? ([60, 'min'] as const)
        : seconds < 172_800
          ? ([3_600, 'h'] as const)
          : ([86_400, 'days'] as const);
  return `${Number((seconds / per).toPrecision(3))} ${unit}`;
}
