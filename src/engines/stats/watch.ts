import type { Point } from './series.ts';
import type { PrivetSettings } from './settings.ts';
import type { Expectation, Explanation, Unjudged, Verdict } from './verdict.ts';
import { Follower } from './follower.ts';
import type { Judged, Observed, Outlook } from './follower.ts';
import { edgeOf } from './edge.ts';
import { openRemarks } from './remarks.ts';
import type { Remark } from './remarks.ts';
import { Allowance } from './allowance.ts';
import { SCALES } from './scale.ts';
import type { Scale } from './scale.ts';
import { Shift } from './shift.ts';
import { openSlots, wordsOf } from './slot.ts';
import type { Cadence, Slot } from './slot.ts';

type Outcome = 'normal' | 'anomalous' | Unjudged;

/** Follows one series by its settings: judges each point, then learns from it. */
export class Watch {
  readonly #settings: PrivetSettings;
  readonly #allowance: Allowance;
  readonly #scale: Scale;
  readonly #cadence: Cadence;
  readonly #slotOf: (atMs: number) => Slot;
  readonly #remarkOn: (atMs: number) => Remark;
  readonly #follower: Follower;
  readonly #shift: Shift;
  #fromMs: number | null = null;
  #toMs = 0;

  constructor(cadence: Cadence, settings: PrivetSettings) {
    this.#settings = settings;
    this.#allowance = new Allowance(settings.falseAlarmsPerThousand / 1_000);
    this.#scale = SCALES[settings.measure];
    this.#cadence = cadence;
    this.#slotOf = openSlots(settings.calendar, cadence);
    this.#remarkOn = openRemarks(settings.feedback);
    const { direction, measure } = settings;
    const zeros = (measure === 'count' || measure === 'seconds') && direction !== 'spike';
    this.#follower = new Follower(cadence, { direction, zeros });
    this.#shift = new Shift(settings.confirmations ?? cadence.cycle);
  }

  /** The verdict on a point; null where it is not `wanted`, because finding what would have been accepted takes longer than judging. */
  next(point: Point, wanted: boolean): Verdict | null {
    const { atMs, value } = point;
    const remark = this.#remarkOn(atMs);
    if (value === null) return wanted ? unjudged(point, 'no-value') : null;
    if (remark === 'exclude') return wanted ? unjudged(point, 'excluded') : null;
    const slot = this.#slotOf(atMs);
    const observed = this.#follower.observe(slot, this.#scale.of(value), {
      floorOf: this.#scale.floor,
      budget: this.#allowance.level,
    });
    const outcome = this.#outcomeOf(observed, remark);
    const verdict = wanted ? this.#verdict(point, observed.judged, outcome) : null;
    this.#learnFrom(observed, outcome, remark);
    // What a person says is an anomaly was no false alarm.
    if (observed.judged !== null) this.#allowance.next(outcome === 'anomalous' && remark === null);
    this.#fromMs ??= atMs;
    this.#toMs = atMs;
    return verdict;
  }

  #outcomeOf({ slot, judged }: Observed, remark: Remark): Outcome {
    if (judged === null) return 'too-little-history';
    if (remark !== null) return remark === 'anomalous' ? 'anomalous' : 'normal';
    if (slot.special === 'holiday' && !this.#follower.knows(slot)) return 'no-earlier-holidays';
    const { outlook, finding } = judged;
    const unusual = finding.pValue < this.#allowance.level;
    return unusual && this.#isLarge(outlook.best.forecast, finding.error) ? 'anomalous' : 'normal';
  }

  /** Whether a change is worth a word, seen on the values themselves. */
  #isLarge(forecast: number, error: number): boolean {
    const expected = this.#scale.back(forecast);
    const change = Math.abs(this.#scale.back(forecast + error) - expected);
    return change >= (this.#settings.smallestChangePercent / 100) * Math.abs(expected);
  }

  #learnFrom(observed: Observed, outcome: Outcome, remark: Remark): void {
    const { value, judged } = observed;
    if (judged === null) {
      if (remark !== 'anomalous') this.#follower.learn(observed);
    } else if (outcome === 'anomalous' || outcome === 'no-earlier-holidays') {
      const told = remark === 'anomalous' || outcome === 'no-earlier-holidays';
      const gone = this.#isGone(value, judged.outlook);
      this.#follower.setAside({ ...observed, judged }, told || gone);
      if (!told && !gone) this.#confirm(judged);
    } else {
      this.#shift.clear();
      if (remark === 'new-normal') this.#follower.accept(value - judged.outlook.best.forecast);
      this.#follower.learn(observed);
    }
  }

  /** Nothing at all where something was counted: never usual and never a new level, unless a person says so. */
  #isGone(value: number, { best }: Outlook): boolean {
    return value === 0 && best.forecast !== 0 && this.#settings.measure === 'count';
  }

  /** Alarms in a row may turn out to be a new level. */
  #confirm({ finding }: Judged): void {
    const by = finding.view === 'silence' ? null : this.#shift.add(finding.error);
    if (by !== null) this.#follower.accept(by);
  }

  #verdict(point: Point, judged: Judged | null, outcome: Outcome): Verdict {
    const { atMs, value } = point;
    if (judged === null) return unjudged(point, 'too-little-history');
    if (outcome !== 'normal' && outcome !== 'anomalous') return unjudged(point, outcome);
    const explanation = this.#explain(judged);
    if (outcome === 'normal') return { atMs, value, kind: outcome, explanation };
    const side = judged.finding.error > 0 ? 'spike' : 'drop';
    return { atMs, value, kind: outcome, side, explanation };
  }

  /** What is expected at `atMs`, and what would be accepted; null while there is too little history. */
  expect(atMs: number): Expectation | null {
    const outlook = this.#follower.outlook(this.#slotOf(atMs), this.#scale.floor);
    if (outlook === null) return null;
    return { ...this.#expectation(outlook), candidates: this.#follower.standings };
  }

  #expectation(outlook: Outlook): Omit<Expectation, 'candidates'> {
    const { points, replaced } = this.#follower.seen;
    return {
      model: outlook.best.model,
      expected: this.#scale.back(outlook.best.forecast),
      accepted: { low: this.#edge(outlook, -1), high: this.#edge(outlook, 1) },
      training: { fromMs: this.#fromMs ?? 0, toMs: this.#toMs, points, setAside: replaced },
      calendar: wordsOf(outlook.slot, this.#cadence),
    };
  }

  #explain({ outlook, finding }: Judged): Explanation {
    const { loss } = outlook.best;
    return {
      ...this.#expectation(outlook),
      score: finding.error / (loss > 0 ? loss : outlook.floor),
      pValue: finding.pValue,
      threshold: this.#allowance.level,
      view: { kind: finding.view, points: this.#follower.spanOf(finding.view) },
    };
  }

  /** The last value that would have been accepted as a point, down or up from what was expected. */
  #edge(outlook: Outlook, sign: -1 | 1): number | null {
    const { direction, measure } = this.#settings;
    if (direction === (sign < 0 ? 'spike' : 'drop')) return null;
    const { forecast, loss } = outlook.best;
    const accepts = (error: number): boolean =>
      this.#follower.judgePoint(outlook, forecast + error) >= this.#allowance.level ||
      !this.#isLarge(forecast, error);
    const error = edgeOf(sign * Math.max(loss, outlook.floor), accepts);
    if (error === null) return null;
    const edge = this.#scale.back(forecast + error);
    return sign < 0 && measure !== 'number' ? Math.max(0, edge) : edge;
  }
}

function unjudged({ atMs, value }: Point, why: Unjudged): Verdict {
  return { atMs, value, kind: 'unjudged', why };
}
