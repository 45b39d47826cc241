/** Count, mean and sample standard deviation of the values so far. */
export type Moments = { readonly count: number; readonly mean: number; readonly deviation: number };

/**
 * Adds values one by one the way PostgreSQL's avg and stddev of double precision do (Youngs and Cramer, float8_accum), so that the
 * results are the same to the last bit. The deviation of fewer than two values is NaN.
 */
export class RunningMoments {
  #count = 0;
  #sum = 0;
  #squares = 0;

  add(value: number): void {
    const before = this.#count;
    this.#count += 1;
    this.#sum += value;
    if (before === 0) return;
    const apart = value * this.#count - this.#sum;
    this.#squares += (apart * apart) / (this.#count * before);
  }

  get moments(): Moments {
    const deviation = this.#count < 2 ? Number.NaN : Math.sqrt(this.#squares / (this.#count - 1));
    return { count: this.#count, mean: this.#sum / this.#count, deviation };
  }
}
