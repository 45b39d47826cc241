import type { Cadence, Slot } from './slot.ts';
import type { Direction } from './settings.ts';
import type { Forecaster } from './forecaster.ts';
import { forecastersFor } from './forecaster.ts';
import { TrackRecord } from './record.ts';
import { Silence } from './silence.ts';
import { SpecialDays } from './specialdays.ts';
import { Surprises } from './surprise.ts';

/** Forecasters that err at most this many times as much as the best one have a say. */
const NEAR = 1.3;
/** Of the budget, the share that goes to what a run of points says together: a slow drift, or a long silence. */
const RUN_SHARE = 0.25;
/** Cycles before anything is judged. */
const WARM_CYCLES = 2;
/** How many cycles an alarm is remembered. */
const ALARM_CYCLES = 20;

type Tracked = { readonly forecaster: Forecaster; readonly record: TrackRecord };

/** A forecaster with a say. */
type Voice = {
  readonly model: string;
  readonly adapts: boolean;
  readonly record: TrackRecord;
  readonly forecast: number;
  readonly loss: number;
};

/** What is expected at a slot before the value is known: by the forecaster that did best, and by those that did about as well. */
export type Outlook = {
  readonly slot: Slot;
  readonly best: Voice;
  readonly voices: readonly Voice[];
  /** The error a series that never erred is given. */
  readonly floor: number;
};

/** How unusual a value is, by the view that finds it more so: as a point, or as the last of a run. `error` is the point's or the run's. */
export type Finding = {
  readonly pValue: number;
  readonly view: View;
  readonly error: number;
  readonly surprise: Surprise;
};

/** `drift`: the last points together err to one side. `silence`: it was never quiet for so long. */
export type View = 'point' | 'drift' | 'silence';

type Surprise = { readonly point: number; readonly drift: number | null };

export type Judged = { readonly outlook: Outlook; readonly finding: Finding };

/** A point with what was found about it; null while there is too little to judge by. */
export type Observed = {
  readonly slot: Slot;
  readonly value: number;
  readonly judged: Judged | null;
};

/** An alarm: when it ended, and by how much each forecaster erred at most. */
type Alarm = { readonly at: number; readonly errors: readonly number[] };

/** What is looked for. `zeros`: 0 means that nothing was there. */
type Focus = { readonly direction: Direction; readonly zeros: boolean };

/** `floorOf`: the error a series that never erred is given. `budget`: a p-value below it is an alarm. */
type Gauge = { readonly floorOf: (forecast: number) => number; readonly budget: number };

/** Follows one series on its scale, point by point; never looks ahead. */
export class Follower {
  readonly #tracked: readonly Tracked[];
  readonly #cycle: number;
  readonly #special = new SpecialDays();
  readonly #silence: Silence | null;
  readonly #points = new Surprises();
  readonly #drifts = new Surprises();
  #index = 0;
  #replaced = 0;
  /** The largest errors of the alarm that goes on. */
  #open: readonly number[] | null = null;
  #alarms: readonly Alarm[] = [];

  constructor(cadence: Cadence, { direction, zeros }: Focus) {
    this.#cycle = cadence.cycle;
    this.#silence = zeros ? new Silence() : null;
    this.#tracked = forecastersFor(cadence).map((forecaster) => ({
      forecaster,
      record: new TrackRecord(cadence.cycle, direction),
    }));
  }

  /** How many points it has seen, and for how many of them something else stands in. */
  get seen(): { readonly points: number; readonly replaced: number } {
    return { points: this.#index, replaced: this.#replaced };
  }

  /** The usual errors of the forecasters that may judge, best first. */
  get standings(): readonly { readonly model: string; readonly error: number }[] {
    return this.#tracked
      .filter(({ record }) => record.size >= WARM_CYCLES * this.#cycle)
      .map(({ forecaster, record }) => ({ model: forecaster.name, error: record.loss }))
      .sort((left, right) => left.error - right.error);
  }

  /** How many points the view takes together. */
  spanOf(view: View): number {
    return { point: 1, drift: this.#cycle, silence: (this.#silence?.length ?? 0) + 1 }[view];
  }

  /** Whether earlier days like this one say how it differs from others. */
  knows(slot: Slot): boolean {
    return this.#special.knows(slot);
  }

  /** Looks at a point without learning from it. */
  observe(slot: Slot, value: number, { floorOf, budget }: Gauge): Observed {
    const outlook = this.outlook(slot, floorOf);
    const judged = outlook && { outlook, finding: this.#judge(outlook, value, budget) };
    return { slot, value, judged };
  }

  /** Null while there is too little history to judge by. */
  outlook(slot: Slot, floorOf: (forecast: number) => number): Outlook | null {
    const able: Voice[] = [];
    let best: Voice | null = null;
    for (const { forecaster, record } of this.#tracked) {
      if (record.size < WARM_CYCLES * this.#cycle) continue;
      const forecast = forecaster.forecast(slot);
      if (Number.isNaN(forecast)) continue;
      const { name: model, adapts } = forecaster;
      const voice = { model, adapts, record, forecast, loss: record.loss };
      able.push(voice);
      if (best === null || voice.loss < best.loss) best = voice;
    }
    if (best === null) return null;
    const enough = NEAR * best.loss;
    const voices = able.filter(({ loss }) => loss <= enough);
    return { slot, best, voices, floor: floorOf(best.forecast) };
  }

  #judge(outlook: Outlook, value: number, budget: number): Finding {
    const { best, slot } = outlook;
    const drift = this.#driftSurprise(outlook, value);
    const surprise = { point: this.#pointSurprise(outlook, value), drift };
    const error = this.#special.eased(slot, value - best.forecast);
    const point = Math.min(1, this.#points.pValue(surprise.point) / (1 - RUN_SHARE));
    const silent = best.forecast === 0 ? (this.#silence?.pValue(value) ?? null) : null;
    const run = silent ?? (drift === null ? 1 : this.#drifts.pValue(drift));
    if (point < budget || point <= run / RUN_SHARE)
      return { pValue: point, view: 'point', error, surprise };
    const pValue = run / RUN_SHARE;
    // A silence is as far below as the floor is wide: below zero there is nothing.
    if (silent !== null) return { pValue, view: 'silence', error: -outlook.floor, surprise };
    return { pValue, view: 'drift', error: best.record.driftWith(error), surprise };
  }

  /** How unusual `value` would be, looked at as a point. */
  judgePoint(outlook: Outlook, value: number): number {
    const surprise = this.#pointSurprise(outlook, value);
    return Math.min(1, this.#points.pValue(surprise) / (1 - RUN_SHARE));
  }

  /** Takes in a point that is as it should be. */
  learn(observed: Observed): void {
    const { slot, value, judged } = observed;
    this.#close();
    if (judged !== null) {
      const { point, drift } = judged.finding.surprise;
      this.#points.add(point);
      // As few of them as of the drifts they judge.
      if (drift !== null && this.#index % Math.ceil(this.#cycle / 3) === 0) this.#drifts.add(drift);
    }
    const errors = this.#tracked.map(({ forecaster }) =>
      this.#special.eased(slot, value - forecaster.forecast(slot)),
    );
    this.#tracked.forEach(({ record }, at) => record.learn(errors[at] ?? Number.NaN));
    // What is rare but no news is remembered as alarms are: as long as it keeps coming, it stays no news.
    if (this.#isRare(observed)) this.#open = errors;
    this.#close();
    this.#take(observed, value);
  }

  /**
   * Takes in an anomalous point: what was expected stands in for it. Its error is remembered, so that alarms that keep coming are no news;
   * not when `forget`.
   */
  setAside(observed: Observed & { readonly judged: Judged }, forget: boolean): void {
    const { slot, value, judged } = observed;
    const { outlook, finding } = judged;
    const errors = this.#tracked.map(({ forecaster }) => value - forecaster.forecast(slot));
    this.#tracked.forEach(({ record }, at) =>
      record.pass(finding.view === 'drift' && !forget ? (errors[at] ?? 0) : 0),
    );
    if (!forget)
      this.#open =
        this.#open === null ? errors : errors.map((error, at) => larger(error, this.#open?.[at]));
    this.#take(observed, outlook.best.forecast);
    this.#replaced += 1;
  }

  /** Accepts a new level that is `by` away from the old one. */
  accept(by: number): void {
    for (const { forecaster, record } of this.#tracked) {
      forecaster.shift(by);
      record.settle();
    }
    this.#open = null;
  }

  /** The mean of −log p over the voices. */
  #pointSurprise({ slot, floor, voices }: Outlook, value: number): number {
    let sum = 0;
    for (const { record, forecast } of voices)
      sum -= Math.log(record.pointTail(this.#special.eased(slot, value - forecast), floor));
    return sum / voices.length;
  }

  #driftSurprise({ slot, floor, best, voices }: Outlook, value: number): number | null {
    if (best.adapts) return null;
    let [sum, count] = [0, 0];
    for (const { adapts, record, forecast } of voices) {
      if (adapts) continue;
      const tail = record.driftTail(this.#special.eased(slot, value - forecast), floor);
      if (tail === null) continue;
      sum -= Math.log(tail);
      count += 1;
    }
    return count === 0 ? null : sum / count;
  }

  /** Goes on to the next point; forecasters see `cleaned`. */
  #take({ slot, value, judged }: Observed, cleaned: number): void {
    for (const { forecaster, record } of this.#tracked) {
      record.compare(value - forecaster.forecast(slot));
      forecaster.learn(cleaned, slot);
    }
    if (judged !== null) this.#special.learn(slot, value - judged.outlook.best.forecast);
    this.#silence?.learn(value);
    this.#index += 1;
  }

  #isRare({ slot, value, judged }: Observed): boolean {
    if (judged === null) return false;
    const { record, forecast } = judged.outlook.best;
    return record.isRare(this.#special.eased(slot, value - forecast));
  }

  /** An alarm is over. */
  #close(): void {
    if (this.#open === null) return;
    const since = this.#index - ALARM_CYCLES * this.#cycle;
    const recent = this.#alarms.filter(({ at }) => at >= since);
    this.#alarms = [...recent, { at: this.#index, errors: this.#open }];
    this.#open = null;
    this.#tracked.forEach(({ record }, at) =>
      record.recall(this.#alarms.map(({ errors }) => errors[at] ?? Number.NaN)),
    );
  }
}

function larger(error: number, other: number | undefined): number {
  return other !== undefined && Math.abs(other) > Math.abs(error) ? other : error;
}
