/** The last `capacity` numbers, kept in order of size as well. Adding costs one binary search and one move within the array. */
export class Window {
  readonly #capacity: number;
  readonly #order: number[] = [];
  #sorted: number[] = [];
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#sorted.length;
  }

  /** From the smallest to the largest; not to be changed. */
  get sorted(): readonly number[] {
    return this.#sorted;
  }

  add(value: number): void {
    if (this.#order.length < this.#capacity) {
      this.#order.push(value);
    } else {
      const gone = this.#order[this.#oldest] ?? 0;
      this.#order[this.#oldest] = value;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
      this.#sorted.splice(firstNotBelow(this.#sorted, gone), 1);
    }
    this.#sorted.splice(firstNotBelow(this.#sorted, value), 0, value);
  }

  /** NaN of nothing. */
  get median(): number {
    const middle = this.#sorted.length >> 1;
    const high = this.#sorted[middle] ?? Number.NaN;
    return this.#sorted.length % 2 === 1
      ? high
      : (high + (this.#sorted[middle - 1] ?? Number.NaN)) / 2;
  }

  /** Moves every number by as much, as if the past had been on another level. */
  shift(by: number): void {
    for (let index = 0; index < this.#order.length; index += 1) {
      this.#order[index] = (this.#order[index] ?? 0) + by;
    }
    this.#sorted = this.#order.toSorted((left, right) => left - right);
  }
}

/** The index of the first number that is not below `value`. */
export function firstNotBelow(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
