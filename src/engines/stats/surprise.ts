import { Window, firstNotBelow } from './window.ts';

const REMEMBERED = 1_000;
/** Fewer than this are all tail. */
const FEW = 20;
const TAIL_SHARE = 0.1;
/** Before anything is known, −log p of a p-value falls off by a factor of e for each 1; so much weighs that belief. */
const BELIEF = 10;
const CAUTION = 0.5;
/** Never faster than this: the surprises of a series that never changed are all 0 and say nothing. */
const SCALE_MIN = 0.5;

/**
 * Turns a surprise (the mean of −log p over several forecasters that look at the same point) into a p-value. How much several of them say
 * together depends on how alike they are, so it is judged by the surprises of earlier points: by rank among them, and beyond
 * the 90th percentile by an exponential tail.
 */
export class Surprises {
  readonly #window = new Window(REMEMBERED);

  add(surprise: number): void {
    this.#window.add(surprise);
  }

  pValue(surprise: number): number {
    const { sorted, size } = this.#window;
    const top = size < FEW ? size : Math.ceil(size * TAIL_SHARE);
    const start = sorted[size - top - 1] ?? 0;
    const beyond = size - firstNotBelow(sorted, surprise);
    const rank = (beyond + 1) / (size + 1);
    if (surprise <= start) return rank;
    let excess = 0;
    for (let index = size - top; index < size; index += 1) excess += (sorted[index] ?? 0) - start;
    const known = top + BELIEF;
    const seen = Math.max(SCALE_MIN, (excess + BELIEF) / known);
    const scale = seen * (1 + CAUTION / Math.sqrt(known));
    const fitted = ((top + 1) / (size + 1)) * Math.exp(-(surprise - start) / scale);
    return beyond > 0 ? Math.max(rank, fitted) : fitted;
  }
}
