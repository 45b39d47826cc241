import type { Slot } from './slot.ts';

/** So many earlier days of a kind are needed before they say anything. */
const PRECEDENTS_MIN = 2;
/** From so many on, the most extreme one is not believed. */
const PRECEDENTS_MANY = 5;
const PRECEDENTS_MAX = 36;
/** No two holidays are alike: what comes next may be this much farther off than what was seen. */
const MARGIN = 1.2;

/**
 * What holidays, month ends and month starts did to the series: errors of earlier ones, by time of day. On such a day everything between what
 * is expected of a plain day and a little more than what earlier ones showed is as good as expected.
 */
export class SpecialDays {
  readonly #errors = new Map<string, number[]>();

  /** Whether there are enough earlier days of this kind. */
  knows(slot: Slot): boolean {
    return (this.#errors.get(keyOf(slot))?.length ?? 0) >= PRECEDENTS_MIN;
  }

  /** The part of an error that earlier days of this kind do not account for. */
  eased(slot: Slot, error: number): number {
    if (slot.special === null || !this.knows(slot)) return error;
    const known = (this.#errors.get(keyOf(slot)) ?? []).toSorted((left, right) => left - right);
    const unbelieved = known.length < PRECEDENTS_MANY ? 0 : 1;
    const low = MARGIN * Math.min(0, known[unbelieved] ?? 0);
    const high = MARGIN * Math.max(0, known.at(-1 - unbelieved) ?? 0);
    return error < low ? error - low : error > high ? error - high : 0;
  }

  learn(slot: Slot, error: number): void {
    if (slot.special === null) return;
    const known = this.#errors.get(keyOf(slot)) ?? [];
    this.#errors.set(keyOf(slot), [...known, error].slice(-PRECEDENTS_MAX));
  }
}

function keyOf({ special, daySlot }: Slot): string {
  return `${special} ${daySlot}`;
}
