import type { Direction } from './settings.ts';
import { Errors } from './errors.ts';

/** Errors that are remembered; more say little that these do not. */
const ERRORS_MAX = 1_000;
/** So many alarms of about this size or more, to the same side, and such an error is rare but no news. */
const RARE_MIN = 2;
const ALIKE = 0.7;
/** Such an error is at least so many times the 90th percentile. */
const LARGE = 2;
/** Spans that overlap are alike: only so many of each length count. And so many are needed. */
const DRIFTS_PER_SPAN = 3;
const DRIFTS_MIN = 14;
/** How fast the past of a forecaster is forgotten when it is compared with others: half of it in about 70 points. */
const FORGET = 0.99;
/** One wild point must not decide who is better: it counts as at most this many times the 90th percentile. */
const CLIP = 6;

/** How one forecaster did so far, and from that, how unusual an error is. An error of NaN says that there was no forecast. */
export class TrackRecord {
  readonly #errors = new Errors(ERRORS_MAX);
  readonly #drifts = new Errors(ERRORS_MAX);
  /** The last signed errors, the newest at `#at`. */
  readonly #recent: number[];
  readonly #toll: (error: number) => number;
  #rare: readonly number[] = [];
  #at = 0;
  #known = 0;
  #loss = 0;
  #weight = 0;

  /** `span` is over how many points a drift is looked for. */
  constructor(span: number, direction: Direction) {
    this.#recent = Array<number>(span).fill(0);
    this.#toll = TOLLS[direction];
  }

  get size(): number {
    return this.#errors.size;
  }

  /** The usual size of an error, of late. */
  get loss(): number {
    return this.#weight === 0 ? Number.POSITIVE_INFINITY : this.#loss / this.#weight;
  }

  /** How often a normal point errs as much as this one. What raised alarms before is part of that when it did so often enough. */
  pointTail(error: number, floor: number): number {
    const pValue = this.#errors.pValue(this.#toll(error), floor);
    const alike = this.#alike(error);
    return alike < RARE_MIN ? pValue : Math.max(pValue, (alike + 1) / (this.#errors.size + 1));
  }

  /** How often a normal span of points errs on average as much as the last one with this error; null while too few are known. */
  driftTail(error: number, floor: number): number | null {
    if (this.#drifts.size < DRIFTS_MIN) return null;
    return this.#drifts.pValue(this.#toll(this.driftWith(error)), floor);
  }

  /** The mean of the last errors, this one included. */
  driftWith(error: number): number {
    const span = this.#recent.length;
    let sum = this.#slow(error);
    for (let back = 0; back < span - 1; back += 1)
      sum += this.#recent[(this.#at - back + span) % span] ?? 0;
    return sum / span;
  }

  /** Counts the error of a point that was found normal. */
  learn(error: number): void {
    if (Number.isNaN(error)) return;
    const span = this.#recent.length;
    const whole = this.#known >= span - 1;
    if (whole && this.#known % Math.ceil(span / DRIFTS_PER_SPAN) === 0)
      this.#drifts.add(this.#toll(this.driftWith(error)));
    if (!this.isRare(error)) this.#errors.add(this.#toll(error));
    this.pass(error);
  }

  /** The errors of earlier alarms, the largest of each, instead of those it was told before. */
  recall(errors: readonly number[]): void {
    this.#rare = errors;
  }

  /** How many earlier alarms were about as large or larger. */
  #alike(error: number): number {
    return this.#rare.filter((rare) => rare / error >= ALIKE).length;
  }

  /** Whether it is a large error, like those of enough earlier alarms. */
  isRare(error: number): boolean {
    const large = Math.abs(error) > LARGE * this.#errors.large;
    return large && this.#alike(error) >= RARE_MIN;
  }

  /** What an error adds to a slow drift: one that comes now and then is none. */
  #slow(error: number): number {
    return this.isRare(error) ? 0 : error;
  }

  /** Goes on to the next point; `error` is what this one adds to a drift. */
  pass(error: number): void {
    if (Number.isNaN(error)) return;
    this.#at = (this.#at + 1) % this.#recent.length;
    this.#recent[this.#at] = this.#slow(error);
    this.#known += 1;
  }

  /** Counts towards the comparison of forecasters, whatever was found. */
  compare(error: number): void {
    if (Number.isNaN(error)) return;
    const loss = Math.min(Math.abs(error), CLIP * this.#errors.large);
    this.#loss = this.#loss * FORGET + loss;
    this.#weight = this.#weight * FORGET + 1;
  }

  /** A new level was accepted: there is no drift any more. */
  settle(): void {
    this.#recent.fill(0);
    this.#known = 0;
  }
}

/** The size of an error in the direction that counts. */
const TOLLS: Readonly<Record<Direction, (error: number) => number>> = {
  both: (error) => Math.abs(error),
  spike: (error) => Math.max(0, error),
  drop: (error) => Math.max(0, -error),
};
