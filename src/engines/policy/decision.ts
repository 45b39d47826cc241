/** What `decide` takes and gives; the written form: docs/formats/decision.md. */
import type { Alphabet, PlainMask } from './document.ts';

export type Request = {
  readonly subject: string;
  /** Id or name of the project the person acts in. */
  readonly project: string | null;
  readonly purpose: string | null;
  readonly source: string;
  readonly operation: 'select';
  readonly nowMs: number;
};

export type Decision = {
  /** `dec_` and a digest of policies, request (without time) and outcome: same question, same id. */
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  /** Every column of the source, in its order; all hidden when denied. */
  readonly columns: readonly ColumnDecision[];
  /** Null lets all rows through. */
  readonly filter: Predicate | null;
  /** Equal audience: equal columns and filter on the same source, so one rewrite serves both. */
  readonly audience: string;
  readonly obligations: readonly 'log'[];
  readonly reasons: readonly Reason[];
};

export type ColumnDecision = { readonly name: string; readonly show: Show };

export type Show =
  | { readonly kind: 'clear' }
  | { readonly kind: 'hidden' }
  /** The mask applies where `where` is true or unknown; null is everywhere. */
  | { readonly kind: 'mask'; readonly mask: Mask; readonly where: Predicate | null };

/** `key` names a key scope: `source/<id>` or `project/<id>`, for format-preserving in a source with `/column/<name>`. */
export type Mask =
  | PlainMask
  | { readonly kind: 'hash'; readonly key: string }
  | { readonly kind: 'reversible'; readonly key: string }
  | {
      readonly kind: 'format-preserving';
      readonly alphabet: Alphabet;
      readonly separators: string;
      readonly key: string;
    }
  | { readonly kind: 'sql'; readonly expression: SqlTemplate };

export type Predicate =
  | { readonly kind: 'never' }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Predicate[] }
  | { readonly kind: 'not'; readonly term: Predicate }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly string[] }
  | {
      readonly kind: 'within';
      readonly column: string;
      readonly seconds: number;
      readonly side: 'newer' | 'older';
    }
  | { readonly kind: 'sample'; readonly column: string; readonly percent: number }
  | { readonly kind: 'sql'; readonly template: SqlTemplate };

/** SQL text, bound text, bound text array, raw column; in order. */
export type SqlTemplate = readonly SqlPiece[];
export type SqlPiece =
  | string
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly column: string };

/** One thing that was considered, and what came of it. */
export type Reason = {
  readonly about: 'subject' | 'source' | 'project' | 'purpose' | 'subscription' | 'mask' | 'rows';
  /** The document; null for a rule built into Privet. */
  readonly policy: string | null;
  /** Path in the document, such as `allow`, `except`, `mask.otherwise[0]`. */
  readonly clause: string | null;
  readonly column: string | null;
  readonly outcome: Outcome;
  /** One sentence: the rule that led to the outcome. */
  readonly rule: string;
};

export type Outcome =
  | 'allows'
  | 'does-not-allow'
  | 'denies'
  | 'spares'
  | 'shows'
  | 'masks'
  | 'hides'
  | 'filters'
  | 'keeps-all'
  | 'overridden'
  | 'falls-back'
  | 'fails';
