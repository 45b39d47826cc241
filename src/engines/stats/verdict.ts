/** What was expected of one point and how far it fell from that: the exact numbers behind a verdict. */
export type Explanation = {
  /** How the expectation was made: `level`, `weekday`, … of Privet's method, or `z-score` of Elementary's. */
  readonly model: string;
  readonly expected: number;
  /** What would have been accepted, both ends included; null: no limit on that side. */
  readonly accepted: { readonly low: number | null; readonly high: number | null };
  /** Distance from the expectation in units of the usual error, signed. */
  readonly score: number;
  /** How often a normal point lies this far off or farther; null for Elementary's rule, which has no such number. */
  readonly pValue: number | null;
  /** What the verdict was compared with: the p-value of the budget, or Elementary's sensitivity. */
  readonly threshold: number;
  /** The points the expectation was made from. The judged point is never among them, except by Elementary's rule. */
  readonly training: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly points: number;
    /** How many of them were set aside and replaced, because they were anomalous or excluded. */
    readonly setAside: number;
  };
  /** Of the calendar, what shaped the expectation: `Monday`, `hour 7`, `month end`, `holiday`. */
  readonly calendar: readonly string[];
};

/** Why a point was not judged: it has no value, there is too little history, or a person said to leave it out. */
export type Unjudged = 'no-value' | 'too-little-history' | 'excluded';

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
