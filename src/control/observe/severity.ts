/** How bad something is, least first; the four PagerDuty knows, so that no channel needs a translation. */
export const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a severity is at least the other. */
export function atLeast(severity: Severity, floor: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor);
}

/** The worst of severities; `info` when there are none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return severities.reduce((worst, one) => (atLeast(one, worst) ? one : worst), 'info');
}
