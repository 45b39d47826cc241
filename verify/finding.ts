/** What does not hold, told so that a person can look for themselves. */
export type Finding = { readonly where: string; readonly what: string };

/** What was looked at and held, and what was not looked at. */
export type Report = {
  readonly proved: readonly string[];
  readonly unchecked: readonly string[];
  readonly findings: readonly Finding[];
};

/** Something that cannot even be read: nothing behind it can be checked. */
export class Unreadable extends Error {}

/** Findings past this many are counted and not listed: the first ones tell where to look. */
export const FINDINGS_MAX = 50;

export function finding(where: string, what: string): Finding {
  return { where, what };
}

export const NOTHING: Report = { proved: [], unchecked: [], findings: [] };

export function joined(reports: readonly Report[]): Report {
  return {
    proved: reports.flatMap((report) => report.proved),
    unchecked: reports.flatMap((report) => report.unchecked),
    findings: reports.flatMap((report) => report.findings),
  };
}
