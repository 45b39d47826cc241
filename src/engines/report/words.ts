const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `21 Nov`, in UTC as every time here. */
export function dayText(atMs: number): string {
  const at = new Date(atMs);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ''}`;
}

/** `21 Nov 2026, 09:00 UTC`. */
export function momentText(atMs: number): string {
  const at = new Date(atMs);
  const time = at.toISOString().slice(11, 16);
  return `${dayText(atMs)} ${at.getUTCFullYear()}, ${time} UTC`;
}

/** `3 h`, `2 days`: how long something took or lasts, in one unit. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${trimmed(ms / 1_000)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} days`;
}

/** `1.2 M`: a number short enough for a label, with three significant digits. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trimmed(value / 1e9)} G`;
  if (size >= 1e6) return `${trimmed(value / 1e6)} M`;
  if (size >= 1e4) return `${trimmed(value / 1e3)} k`;
  return trimmed(value);
}

/** `3 tests`, `1 test`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `92 %`, or a dash where there is nothing to have a share of. */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;
}

/** A score as it is written; a dash where nothing is watched. */
export function scoreText(score: number | null): string {
  return score === null ? '–' : trimmed(Math.floor(score * 10) / 10);
}

/** Which of four bands a score is in; its colour and its word. */
export function scoreBand(score: number | null): 'none' | 'good' | 'fair' | 'poor' {
  if (score === null) return 'none';
  if (score >= 95) return 'good';
  return score >= 80 ? 'fair' : 'poor';
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
