/** What an alarm leaves; half of it costs what the budget brings back while it has one alarm's worth of points. */
const LEFT_AFTER_ALARM = 0.5;

/**
 * How small a p-value must be for an alarm now. It begins at the budget; an alarm halves it, and it doubles again, up to the
 * budget, within as many points as the budget has one alarm for. P-values hold only as long as errors keep their distribution; where they do not, alarms come
 * in clusters, and each makes the next one harder to raise: over a long time they can hardly come faster than the budget
 * says, whatever the errors do (adaptive conformal inference, Gibbs and Candès 2021, multiplicative and never above the budget).
 */
export class Allowance {
  readonly #budget: number;
  #level: number;
  #isOpen = false;

  constructor(budget: number) {
    this.#budget = budget;
    this.#level = budget;
  }

  /** A p-value below it is an alarm. */
  get level(): number {
    return this.#level;
  }

  /** After a judged point; points in a row that raise it are one alarm. */
  next(raised: boolean): void {
    if (raised && !this.#isOpen) this.#level *= LEFT_AFTER_ALARM;
    this.#isOpen = raised;
    this.#level = Math.min(this.#budget, this.#level * LEFT_AFTER_ALARM ** -this.#budget);
  }
}
