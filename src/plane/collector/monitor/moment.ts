import type { MomentType } from '../warehouse/dialect.ts';
import type { Zone } from './zone.ts';

/**
 * An instant as a text both engines read, in the way the column holds moments. A column without a zone is read as the
 * wall clock of the monitor's zone; the hour that comes twice in autumn is one hour there.
 */
export function momentText(ms: number, type: MomentType, zone: Zone): string {
  if (type === 'timestamptz') return isoText(ms, '+00');
  return isoText(zone.wall(ms), '');
}

function isoText(ms: number, suffix: string): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}${suffix}`;
}

/** An instant, for columns of ours, which all have a zone. */
export function instantText(ms: number): string {
  return isoText(ms, '+00');
}

/** The instant a driver gave for a column with a zone, or null. */
export function instantOf(value: unknown): number | null {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string') {
    const ms = Date.parse(value);
    return Number.isNaN(ms) ? null : ms;
  }
  return null;
}

/** SQL for the instant in seconds since 1970 of a moment column, so that no driver's idea of a local zone comes in. */
export function epochSql(expression: string): string {
  return `extract(epoch from ${expression})::float8`;
}

/** The instant of what `epochSql` gave over a column of that type, or null. */
export function epochInstant(seconds: unknown, type: MomentType, zone: Zone): number | null {
  if (seconds === null || seconds === undefined) return null;
  const ms = Math.round(Number(seconds) * 1_000);
  return type === 'timestamptz' ? ms : zone.instant(ms);
}
