/** How bad something is, least first, as the collector's facts say it. */
export const SEVERITIES = ['low', 'normal', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a severity is at least the other. */
export function atLeast(severity: Severity, floor: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor);
}

/** The worst of severities; `low` when there are none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return severities.reduce((worst, one) => (atLeast(one, worst) ? one : worst), 'low');
}

/** One step less bad. */
export function milder(severity: Severity): Severity {
  return SEVERITIES[Math.max(0, SEVERITIES.indexOf(severity) - 1)] ?? 'low';
}
