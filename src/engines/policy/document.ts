import type { Json } from '#base/canonical';

/** Document types of `privet/v1`; the text format and one example of everything: docs/formats/policy.md. */

export const API_VERSION = 'privet/v1';

/** Staged documents are stored, checked and tested, and never in force. */
export type DocumentState = 'active' | 'staged';

/** A condition on the person asking: every clause must hold; lists inside a clause need one hit. */
export type Who =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'clauses'; readonly clauses: readonly Clause[] };

export type Clause =
  | { readonly kind: 'groups'; readonly groups: readonly string[] }
  | { readonly kind: 'users'; readonly users: readonly string[] }
  | { readonly kind: 'attribute'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'kinds'; readonly kinds: readonly SubjectKind[] }
  | { readonly kind: 'purposes'; readonly purposes: readonly string[] }
  | { readonly kind: 'projects'; readonly projects: readonly string[] }
  | { readonly kind: 'when'; readonly cel: string }
  | { readonly kind: 'any-of'; readonly whos: readonly Who[] };

export type SubjectKind = 'person' | 'service';

/** Which sources a policy is about: every key given must hold; `{}` is never built. */
export type Target =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'some';
      readonly sources: readonly string[] | null;
      readonly tags: readonly string[] | null;
      readonly columnTags: readonly string[] | null;
      readonly columnNames: readonly string[] | null;
    };

/** Which columns a mask is about: one tag (or one below it) or one name pattern suffices. */
export type ColumnSelector = {
  readonly tags: readonly string[];
  readonly names: readonly string[];
};

/** A mask that needs no key and names no column: as it is written, so it is decided. */
export type PlainMask =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly value: string }
  | {
      readonly kind: 'partial';
      readonly keepFirst: number;
      readonly keepLast: number;
      readonly fill: string;
    }
  | {
      readonly kind: 'regex';
      readonly pattern: string;
      readonly replacement: string;
      readonly flags: RegexFlags;
    }
  | { readonly kind: 'round'; readonly bucket: number }
  | { readonly kind: 'round'; readonly unit: RoundUnit };

/** What an author writes behind `with`; keys and types are settled by `decide`. */
export type MaskText =
  | { readonly kind: 'clear' }
  | { readonly kind: 'hidden' }
  | PlainMask
  | { readonly kind: 'hash' }
  | { readonly kind: 'reversible' }
  | { readonly kind: 'format-preserving'; readonly alphabet: Alphabet; readonly separators: string }
  | { readonly kind: 'sql'; readonly expression: string };

type RegexFlags = '' | 'g' | 'i' | 'gi';
export type RoundUnit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour';
export type Alphabet = 'digits' | 'lower' | 'alphanumeric' | { readonly custom: string };

export type ColumnReference =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'tag'; readonly tag: string };

/** What an author writes behind `keep` and `where`. */
export type RowRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'match'; readonly column: ColumnReference; readonly against: MatchAgainst }
  | {
      readonly kind: 'age';
      readonly column: ColumnReference;
      readonly side: 'newer' | 'older';
      readonly seconds: number;
    }
  | { readonly kind: 'purposes'; readonly purposes: readonly string[] }
  | { readonly kind: 'sample'; readonly column: ColumnReference; readonly percent: number }
  | { readonly kind: 'sql'; readonly sql: string }
  | { readonly kind: 'all-of' | 'any-of'; readonly rules: readonly RowRule[] };

export type MatchAgainst =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'groups' }
  | { readonly kind: 'user' };

/** One step of a chain; the last step of a chain has `for: null` (everyone left). */
export type MaskStep = {
  readonly for: Who | null;
  readonly with: MaskText;
  readonly where: RowRule | null;
};
export type RowStep = { readonly for: Who | null; readonly keep: RowRule };

export type SubscriptionPolicy = {
  readonly kind: 'SubscriptionPolicy';
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly target: Target;
  readonly combine: 'required' | 'shared';
  readonly allow: Who;
};

export type DataPolicy = MaskPolicy | RowPolicy;

export type MaskPolicy = {
  readonly kind: 'DataPolicy';
  readonly does: 'mask';
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly target: Target;
  readonly columns: ColumnSelector;
  readonly steps: readonly MaskStep[];
  readonly except: Who | null;
};

export type RowPolicy = {
  readonly kind: 'DataPolicy';
  readonly does: 'rows';
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly target: Target;
  readonly steps: readonly RowStep[];
  readonly except: Who | null;
};

/** A document that takes part in decisions; their order in a list is the order they were authored in. */
export type Policy = SubscriptionPolicy | DataPolicy;

/** A document as its author wrote it, in JSON: what is stored, sent and compiled from. */
export type AuthoredDocument = { readonly [key: string]: Json };

export type PurposeDocument = {
  readonly kind: 'Purpose';
  readonly name: string;
  readonly description: string;
  readonly statement: string;
};

export type ProjectDocument = {
  readonly kind: 'Project';
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly sources: readonly string[];
  readonly purposes: readonly string[];
  readonly maskedJoins: boolean;
};

export type PolicyTest = {
  readonly kind: 'PolicyTest';
  readonly name: string;
  readonly description: string;
  readonly cases: readonly (TestCase | VaultTestCase)[];
};

/** A question to a vault's table, and what must come of it. */
export type VaultTestCase = {
  readonly name: string;
  readonly as: TestSubject;
  /** Names of roles at the vault; null keeps those the named user holds. */
  readonly roles: readonly string[] | null;
  readonly vault: string;
  readonly table: string;
  readonly operation: string;
  readonly purpose: string | null;
  readonly ticket: boolean;
  readonly context: Readonly<Record<string, string>>;
  /** Values of a row by column, what is not there is null; null asks of no row. */
  readonly row: Readonly<Record<string, string>> | null;
  readonly expect: {
    readonly effect: 'allow' | 'deny';
    /** By column: `no`, or the level of what shows at most; of the row, where there is one. */
    readonly columns: Readonly<Record<string, string>>;
  };
};

export type TestCase = {
  readonly name: string;
  readonly as: TestSubject;
  readonly project: string | null;
  readonly purpose: string | null;
  readonly source: string;
  readonly expect: Expectation;
};

/** `null` keeps what the named user has, or the default (a person without groups and attributes). */
export type TestSubject = {
  readonly user: string | null;
  readonly kind: SubjectKind | null;
  readonly groups: readonly string[] | null;
  readonly attributes: Readonly<Record<string, readonly string[]>> | null;
};

export type Expectation = {
  readonly effect: 'allow' | 'deny';
  readonly rows: 'all' | 'none' | 'filtered' | null;
  readonly columns: Readonly<Record<string, ExpectedColumn>>;
};

/** A kind, and parameters by their name in a `Mask`. */
export type ExpectedColumn = {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, string | number>>;
};
