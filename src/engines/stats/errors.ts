import { pValueOf, tailOf } from './tail.ts';
import type { Tail } from './tail.ts';
import { Window } from './window.ts';

const FEW = 8;

/** The last errors of one kind, and how unusual another one is among them. */
export class Errors {
  readonly #window: Window;
  #tail: Tail | null = null;

  constructor(capacity: number) {
    this.#window = new Window(capacity);
  }

  get size(): number {
    return this.#window.size;
  }

  /** The 90th percentile; no limit while there are few. */
  get large(): number {
    const { size, sorted } = this.#window;
    return size < FEW ? Number.POSITIVE_INFINITY : (sorted[Math.floor(size * 0.9)] ?? 0);
  }

  add(error: number): void {
    this.#window.add(error);
    this.#tail = null;
  }

  pValue(error: number, floor: number): number {
    const errors = this.#window.sorted;
    this.#tail ??= tailOf(errors);
    return pValueOf(error, { errors, tail: this.#tail, floor });
  }
}
