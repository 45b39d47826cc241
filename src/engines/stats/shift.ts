import { medianOf } from './median.ts';

/** How far the points of a new level may stray from their middle, as a share of the way from the old one. */
const STRAY = 0.5;

/** Alarms in a row that may turn out to be a new level. */
export class Shift {
  readonly #confirmations: number;
  #errors: number[] = [];

  constructor(confirmations: number) {
    this.#confirmations = confirmations;
  }

  /** Ends the row. */
  clear(): void {
    this.#errors = [];
  }

  /** Adds an alarm; how far away the new level is once enough alarms in a row agree on one, else null. */
  add(error: number): number | null {
    const turned = this.#errors.length > 0 && Math.sign(error) !== Math.sign(this.#errors[0] ?? 0);
    this.#errors = turned ? [error] : [...this.#errors, error].slice(-this.#confirmations);
    if (this.#errors.length < this.#confirmations) return null;
    const middle = medianOf(this.#errors);
    const agreed = this.#errors.every((one) => Math.abs(one - middle) <= STRAY * Math.abs(middle));
    if (!agreed) return null;
    this.#errors = [];
    return middle;
  }
}
