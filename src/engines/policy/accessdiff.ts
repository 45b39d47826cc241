import type { Direction } from './visibility.ts';

/** Who gains, loses or sees differently what, if one set of policies gives way to another. */
export type AccessDiff = {
  readonly changes: readonly AccessChange[];
  /** Columns with a sensitive tag that someone may see more of: to be confirmed before the change is made. */
  readonly sensitive: readonly SensitiveGain[];
  readonly counts: {
    readonly people: number;
    readonly sources: number;
    readonly columns: number;
    readonly gains: number;
    readonly loses: number;
    readonly differs: number;
  };
  /** Sources that were not looked at because there was too much to look at; above zero needs confirmation, too. */
  readonly unexamined: number;
};

/** One change that is the same for all these people. */
export type AccessChange = {
  readonly source: string;
  readonly project: string | null;
  readonly purpose: string | null;
  readonly people: readonly string[];
  readonly direction: Direction;
  readonly columns: readonly ColumnChange[];
  /** Which rows, in words; null when they stay. */
  readonly rows: {
    readonly before: string;
    readonly after: string;
    readonly direction: Direction;
  } | null;
};

export type ColumnChange = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly before: string;
  readonly after: string;
  readonly direction: Direction;
};

/** Whether someone must say yes to the change: more of something sensitive shows, or not all could be compared. */
export function needsConfirmation(diff: AccessDiff): boolean {
  return diff.sensitive.length > 0 || diff.unexamined > 0;
}

export type SensitiveGain = {
  readonly source: string;
  readonly column: string;
  readonly tags: readonly string[];
  readonly people: readonly string[];
};
