import { Errors } from './errors.ts';

const SILENCES_MAX = 500;
const SILENCES_MIN = 8;
/** What the length of a silence may vary by where it never did, in points. */
const FLOOR = 0.5;

/** Runs of nothing in a series that has them: counts that come now and then. How long may it be quiet? */
export class Silence {
  readonly #lengths = new Errors(SILENCES_MAX);
  #length = 0;

  /** How often a silence lasts as long as the present one with this point; null when it is none, or too few ended before. */
  pValue(value: number): number | null {
    if (value !== 0 || this.#lengths.size < SILENCES_MIN) return null;
    return this.#lengths.pValue(this.#length + 1, FLOOR);
  }

  get length(): number {
    return this.#length;
  }

  learn(value: number): void {
    if (value !== 0 && this.#length > 0) this.#lengths.add(this.#length);
    this.#length = value === 0 ? this.#length + 1 : 0;
  }
}
