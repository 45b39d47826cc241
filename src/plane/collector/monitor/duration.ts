import { Problem } from '#base/problem';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 7 * 86_400,
};

/** Seconds of a text like `90 minutes`; throws `invalid` naming `path`. Months have no fixed length and are no duration. */
export function secondsOf(text: string, path: string): number {
  const found = /^(?<count>\d{1,6}) (?<unit>second|minute|hour|day|week)s?$/u.exec(text)?.groups;
  const unit = UNIT_SECONDS[found?.['unit'] ?? ''];
  if (found !== undefined && unit !== undefined) return Number(found['count']) * unit;
  throw new Problem('invalid', `\`${path}\` expected a duration, got \`${text.slice(0, 40)}\``, {
    hint: 'for example `90 minutes`, `1 day`, `2 weeks`',
  });
}
