/** What is expected of a point before it is known, from the points before it. */
export type Expectation = {
  /** How the expectation is made: `level`, `day of week`, … of Privet's method, or `z-score` of Elementary's. */
  readonly model: string;
  readonly expected: number;
  /** What would be accepted, both ends included; null: no limit on that side. */
  readonly accepted: { readonly low: number | null; readonly high: number | null };
  /** The points it is made from. The judged point is never among them, except by Elementary's rule. */
  readonly training: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly points: number;
    /** How many of them were anomalous, and replaced by what was expected of them. */
    readonly setAside: number;
  };
  /** Where the point stands in the calendar: `Monday`, `07:00`, `month end`, `holiday`. */
  readonly calendar: readonly string[];
  /** What the models usually missed by on this series (on the scale errors are measured on), best first: why this one was chosen. */
  readonly candidates: readonly { readonly model: string; readonly error: number }[];
};

/** What was expected of one point and how far it fell from that: the exact numbers behind a verdict. */
export type Explanation = Omit<Expectation, 'candidates'> & {
  /** Distance from the expectation in units of the usual error, signed. */
  readonly score: number;
  /** How often a normal point lies this far off or farther; null for Elementary's rule, which has no such number. */
  readonly pValue: number | null;
  /** What the verdict was compared with: the p-value of the budget, or Elementary's sensitivity. */
  readonly threshold: number;
  /**
   * What stands out: the point by itself; the last points together, which drift away slowly; or a silence, zeros for longer than ever.
   * `points` is how many are taken together.
   */
  readonly view: { readonly kind: 'point' | 'drift' | 'silence'; readonly points: number };
};

/** Why a point was not judged: it has no value, there is too little history, it is one of the first holidays, a person said to leave it out. */
export type Unjudged = 'no-value' | 'too-little-history' | 'no-earlier-holidays' | 'excluded';

/** What is to be said about one point. */
export type Verdict = { readonly atMs: number; readonly value: number | null } & (
  | { readonly kind: 'unjudged'; readonly why: Unjudged }
  | { readonly kind: 'normal'; readonly explanation: Explanation }
  | {
      readonly kind: 'anomalous';
      readonly side: 'spike' | 'drop';
      readonly explanation: Explanation;
    }
);
