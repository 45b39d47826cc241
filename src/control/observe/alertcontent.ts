import { check, NAME_MAX, OWNERS_MAX, shapes } from '#boundary';
import type { ValueOf } from '#boundary';
import { NAME_BYTES_MAX } from '#base/limits';
import { SEVERITIES } from './severity.ts';

const { count, id, idLike, list, name, nameLike, nullable, oneOf, record, time } = shapes;

/** Failing things one alert lists; the rest is a number. */
export const ALERT_SIGNALS_MAX = 10;
/** A name of a test, metric or step: a word, so that no sentence with a value in it fits. */
const CHECK_NAME = /^[A-Za-z0-9_.:-]{1,200}$/u;
const LINK_BYTES_MAX = 500;

export const SIGNAL_KINDS = ['test', 'anomaly', 'run', 'freshness', 'schema', 'grants'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];
const ALERT_EVENTS = ['opened', 'raised', 'reminder', 'acknowledged', 'resolved', 'trial'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/**
 * What an alert says: a message of classified fields like those that cross the border, so that no channel can be told
 * a value of a row, whatever went wrong upstream.
 */
const alertShape = record({
  format: oneOf('privet-alert/v1'),
  alert: id('alr'),
  event: oneOf(...ALERT_EVENTS),
  incident: id('inc'),
  severity: oneOf(...SEVERITIES),
  atMs: time(),
  openedAtMs: time(),
  plane: idLike(/^[a-z0-9][a-z0-9_-]{0,62}$/u),
  /** Null in channels that are shown no names. */
  place: nullable(
    record({
      warehouse: name(NAME_BYTES_MAX),
      schema: name(NAME_MAX),
      table: name(NAME_MAX),
    }),
  ),
  signals: list(
    record({
      kind: oneOf(...SIGNAL_KINDS),
      check: nameLike(CHECK_NAME, 200),
      column: nullable(name(NAME_MAX)),
      severity: oneOf(...SEVERITIES),
      failures: nullable(count()),
      sinceMs: time(),
    }),
    ALERT_SIGNALS_MAX,
  ),
  /** All that fails, listed or not. */
  signalCount: count(),
  owners: list(name(NAME_MAX), OWNERS_MAX),
  /** Tables and dashboards fed by this one. */
  downstream: record({ tables: count(), exposures: count() }),
  actor: nullable(name(NAME_BYTES_MAX)),
  link: nullable(nameLike(/^https:\/\/[\w.:[\]-]+\/[\w./-]*$/u, LINK_BYTES_MAX)),
});
export type AlertContent = ValueOf<typeof alertShape>;

/** The content, when it is one; throws `invalid` naming the field otherwise. */
export function checkAlertContent(value: unknown): AlertContent {
  return check(alertShape, value, 'alert');
}

/** The alert without names: what is left for channels that more people read than may know them. */
export function withoutNames(content: AlertContent): AlertContent {
  return {
    ...content,
    place: null,
    owners: [],
    actor: null,
    signals: content.signals.map((signal) => ({ ...signal, check: signal.kind, column: null })),
  };
}

/** A text made to fit CHECK_NAME: whatever a name may not hold becomes `_`. */
export function checkNameOf(text: string): string {
  const fitting = text.replaceAll(/[^A-Za-z0-9_.:-]/gu, '_').slice(0, 200);
  return fitting === '' ? '_' : fitting;
}
