import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { widthFrom } from './bucket.ts';
import type { BucketWidth } from './bucket.ts';
import type { TableName } from '../warehouse/dialect.ts';
import { readMonitor } from './document.ts';
import type { MetricEntry, MonitorDocument } from './document.ts';
import { secondsOf } from './duration.ts';
import { LEAST_ROWS } from './gate.ts';
import { scheduleFrom } from '#base/schedule';
import { testFrom } from './testdefinition.ts';
import type { TestDefinition } from './testdefinition.ts';
import { zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

/** A monitor, read and complete: every default has its value. */
export type Monitor = {
  readonly name: string;
  readonly warehouse: string;
  readonly table: TableName;
  readonly state: 'active' | 'paused';
  readonly schedule: string | null;
  readonly timestamp: string | null;
  readonly bucket: BucketWidth;
  readonly zone: Zone;
  readonly delaySeconds: number;
  readonly historySeconds: number;
  readonly backfillSeconds: number;
  readonly where: string | null;
  readonly timeoutSeconds: number;
  /** Numbers over fewer values, and categories of fewer rows, are not told. */
  readonly leastRows: number;
  readonly severity: 'low' | 'normal' | 'high' | 'critical';
  readonly direction: 'both' | 'spike' | 'drop';
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly sampleRows: number;
  readonly sampleSeconds: number;
  readonly metrics: readonly MetricEntry[];
  readonly tests: readonly TestDefinition[];
  /** The document as it was given, canonical. */
  readonly text: string;
  /** Changes when what is measured does: the history is then measured anew. */
  readonly scanDigest: string;
};

const DAY = 86_400;
/** As many failed rows as Elementary and dbt show; enough to see what is wrong. */
const SAMPLE_ROWS = 5;
const TIMEOUT_SECONDS = 300;

/** Reads one document; throws `invalid` naming what is wrong in it. */
export function monitorFrom(input: unknown): Monitor {
  const document = readMonitor(input);
  const monitor = completed(document, canonicalJson(input as Json));
  refuseTimeless(document);
  return monitor;
}

function completed(document: MonitorDocument, text: string): Monitor {
  const seconds = (key: 'delay' | 'history' | 'backfill', fallback: number) =>
    document[key] === undefined ? fallback : secondsOf(document[key], key);
  const base = {
    name: document.name,
    warehouse: document.warehouse,
    table: document.table,
    state: document.state ?? 'active',
    schedule: document.schedule === undefined ? null : scheduleFrom(document.schedule).text,
    timestamp: document.timestamp ?? null,
    bucket: widthFrom(document.bucket ?? '1 day', 'bucket'),
    zone: zoneOf(document.timeZone ?? 'UTC'),
    delaySeconds: seconds('delay', 0),
    historySeconds: seconds('history', 14 * DAY),
    backfillSeconds: seconds('backfill', 2 * DAY),
    where: document.where ?? null,
    timeoutSeconds: document.timeoutSeconds ?? TIMEOUT_SECONDS,
    leastRows: document.leastRows ?? LEAST_ROWS,
    severity: document.severity ?? 'normal',
    direction: document.direction ?? 'both',
    owners: document.owners ?? [],
    tags: document.tags ?? [],
    sampleRows: document.samples?.test_sample_row_count ?? SAMPLE_ROWS,
    sampleSeconds:
      document.samples?.keep === undefined
        ? 14 * DAY
        : secondsOf(document.samples.keep, 'samples.keep'),
    metrics: document.metrics ?? [{ kind: 'table', metric: 'row_count' }],
    text,
  } as const;
  const tests = (document.tests ?? []).map((entry, index) =>
    testFrom(entry, { monitor: base, index }),
  );
  return { ...base, tests: distinct(tests), scanDigest: scanDigestOf(base) };
}

function distinct(tests: readonly TestDefinition[]): readonly TestDefinition[] {
  const names = new Set<string>();
  for (const { name } of tests) {
    if (names.has(name)) {
      throw new Problem('invalid', `two tests are called \`${name}\``, {
        hint: 'give one a `name`',
      });
    }
    names.add(name);
  }
  return tests;
}

/** Series have a place in time only where rows have one. */
function refuseTimeless(document: MonitorDocument): void {
  if (document.timestamp !== undefined) return;
  const needs = (document.metrics ?? []).find(
    (entry) => entry.kind === 'table' && entry.metric === 'freshness',
  );
  const test = (document.tests ?? []).find(
    (entry) => 'freshness' in entry || 'volume_threshold' in entry || entry.within !== undefined,
  );
  if (needs === undefined && test === undefined) return;
  throw new Problem('invalid', 'freshness, `volume_threshold` and `within` need a `timestamp`', {
    hint: 'name the column that says when a row was written',
  });
}

type Scanned = Pick<
  Monitor,
  'table' | 'timestamp' | 'bucket' | 'zone' | 'where' | 'metrics' | 'leastRows'
>;

function scanDigestOf({
  table,
  timestamp,
  bucket,
  zone,
  where,
  metrics,
  leastRows,
}: Scanned): string {
  const what = {
    table,
    timestamp,
    bucket,
    zone: zone.name,
    where,
    metrics,
    leastRows,
  } as unknown as Json;
  return hash('sha256', canonicalJson(what));
}
