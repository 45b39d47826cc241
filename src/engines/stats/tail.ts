import { firstNotBelow } from './window.ts';

/** The share of errors that counts as their tail, and how few will do. */
const TAIL_SHARE = 0.1;
const TAIL_MIN = 5;
/** Shape of the tail before anything is known of it (a little heavier than exponential), and how many errors that belief weighs. */
const SHAPE = 0.1;
const SHAPE_WEIGHT = 20;
const SHAPE_MIN = 0.02;
const SHAPE_MAX = 1;
/** A tail known from k errors is taken to be wider by 1/√k, so that short histories keep the budget, too. */
const CAUTION = 1;
/** A tail is at least so wide, as a share of where it starts: a few errors that happen to be alike say little about the next. */
const WIDTH_MIN = 0.15;
/** The shape of the tail of a series that never erred; `floor` is its scale. */
const STILL_SHAPE = 0.3;

/** The largest errors of a series: where their tail starts, how many are beyond, and its form; null form: it never erred. */
export type Tail = {
  readonly start: number;
  readonly rank: number;
  readonly form: { readonly shape: number; readonly scale: number } | null;
};

/**
 * How often a normal error is at least as large as `error`, judged by past errors in ascending order and their tail. Within what was seen it is
 * never less than the rank (k + 1) / (n + 1), which is a valid p-value whatever the distribution as long as errors are exchangeable
 * (conformal prediction). Beyond the 90th percentile few or none were seen; there the tail decides. `floor` is the error a series
 * that never erred is given.
 */
export function pValueOf(
  error: number,
  { errors, tail, floor }: { errors: readonly number[]; tail: Tail; floor: number },
): number {
  const { start, rank, form } = tail;
  const beyond = errors.length - firstNotBelow(errors, error);
  const seen = (beyond + 1) / (errors.length + 1);
  if (error <= start) return seen;
  const excess = error - start;
  if (form === null) return seen * (1 + excess / floor) ** (-1 / STILL_SHAPE);
  const fitted = rank * (1 + (form.shape * excess) / form.scale) ** (-1 / form.shape);
  return beyond > 0 ? Math.max(seen, fitted) : fitted;
}

/**
 * A generalised Pareto tail by probability-weighted moments (Hosking and Wallis 1987), drawn towards a shape of 0.1 by as much as 20
 * errors weigh.
 */
export function tailOf(errors: readonly number[]): Tail {
  const count = errors.length;
  const top = Math.max(TAIL_MIN, Math.min(count - 1, Math.ceil(count * TAIL_SHARE)));
  const start = errors[count - top - 1] ?? 0;
  let [sum, weighted] = [0, 0];
  for (let index = 0; index < top; index += 1) {
    const excess = (errors[count - top + index] ?? 0) - start;
    sum += excess;
    weighted += excess * (top - 1 - index);
  }
  const rank = (top + 1) / (count + 1);
  if (sum <= 0 && start <= 0) return { start, rank, form: null };
  const { shape, scale } = formOf(sum / top, weighted / (top * (top - 1)), top);
  return { start, rank, form: { shape, scale: Math.max(scale, WIDTH_MIN * start) } };
}

function formOf(mean: number, weighted: number, top: number) {
  const apart = mean - 2 * weighted;
  const seen = mean <= 0 ? SHAPE : apart > 1e-12 * mean ? 2 - mean / apart : SHAPE_MAX;
  const kept = Math.min(SHAPE_MAX, Math.max(-0.3, seen));
  const shape = Math.max(SHAPE_MIN, (kept * top + SHAPE * SHAPE_WEIGHT) / (top + SHAPE_WEIGHT));
  return { shape, scale: mean * (1 - Math.min(shape, 0.9)) * (1 + CAUTION / Math.sqrt(top)) };
}
