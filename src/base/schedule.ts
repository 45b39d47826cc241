import { Problem } from './problem.ts';

/** When something is due: five fields of cron, in UTC. */
export type Schedule = { readonly text: string; readonly fields: readonly ReadonlySet<number>[] };

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;
const MINUTE_MS = 60_000;
/** Times that were missed longer ago than this are not made up for. */
const LOOK_BACK_MINUTES_MAX = 7 * 24 * 60;

/** The schedule a text like `15 6 * * 1-5` means; throws `invalid`. */
export function scheduleFrom(text: string): Schedule {
  const parts = text.trim().split(/ +/u);
  if (parts.length !== RANGES.length) throw malformed(text);
  const fields = parts.map((part, at) => {
    const [low, high] = RANGES[at] ?? [0, 0];
    return new Set(part.split(',').flatMap((term) => termValues(term, [low, high], text)));
  });
  return { text: parts.join(' '), fields };
}

function termValues(term: string, [low, high]: readonly [number, number], text: string): number[] {
  const found = /^(?:\*|(?<from>\d{1,2})(?:-(?<to>\d{1,2}))?)(?:\/(?<step>\d{1,2}))?$/u.exec(
    term,
  )?.groups;
  if (found === undefined) throw malformed(text);
  const from = found['from'] === undefined ? low : Number(found['from']);
  const open = found['from'] === undefined || found['step'] !== undefined;
  const to = found['to'] === undefined ? (open ? high : from) : Number(found['to']);
  const step = Number(found['step'] ?? 1);
  if (from < low || to > high || from > to || step < 1) throw malformed(text);
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

function malformed(text: string): Problem {
  return new Problem('invalid', `schedule expected five fields, got \`${text.slice(0, 100)}\``, {
    hint: 'minute hour day month weekday (0 = Sunday), in UTC: `15 6 * * 1-5`',
  });
}

/** The latest moment in (after, through] at which it was due, or null; missed ones before it are one with it. */
export function lastDue(
  { fields }: Schedule,
  { afterMs, throughMs }: { readonly afterMs: number; readonly throughMs: number },
): number | null {
  let minute = Math.floor(throughMs / MINUTE_MS) * MINUTE_MS;
  for (let seen = 0; minute > afterMs && seen < LOOK_BACK_MINUTES_MAX; seen++) {
    if (matches(fields, new Date(minute))) return minute;
    minute -= MINUTE_MS;
  }
  return null;
}

function matches(fields: readonly ReadonlySet<number>[], at: Date): boolean {
  const [minutes, hours, days, months, weekdays] = fields;
  if (minutes?.has(at.getUTCMinutes()) !== true || hours?.has(at.getUTCHours()) !== true)
    return false;
  if (months?.has(at.getUTCMonth() + 1) !== true) return false;
  const day = days?.has(at.getUTCDate()) === true;
  const weekday = weekdays?.has(at.getUTCDay()) === true;
  // As cron does: where both are restricted, either will do.
  const both = days?.size !== 31 && weekdays?.size !== 7;
  return both ? day || weekday : day && weekday;
}
