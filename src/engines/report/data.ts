import { z } from 'zod';

const score = z.number().min(0).max(100).nullable();
const severity = z.enum(['low', 'normal', 'high', 'critical']);

const dimensions = z.object({
  completeness: score,
  uniqueness: score,
  validity: score,
  consistency: score,
  freshness: score,
  accuracy: score,
});

/** How well the data is; the API and the command line tell it in the same shape. */
export const healthShape = z.object({
  score,
  dimensions,
  coverage: z.object({
    tables: z.number(),
    watched: z.number(),
    owned: z.number(),
    columns: z.number(),
    columnsTested: z.number(),
    described: z.number(),
  }),
  tables: z.array(
    z.object({
      place: z.string(),
      /** Full name of the source the table is, where it is one. */
      source: z.string().nullable(),
      owners: z.array(z.string()),
      score,
      dimensions,
      checks: z.number(),
      failing: z.number(),
    }),
  ),
  trend: z.array(z.object({ day: z.string(), score: z.number() })),
});

const incident = z.object({
  id: z.string(),
  place: z.string(),
  severity,
  state: z.enum(['open', 'acknowledged', 'resolved']),
  openedAtMs: z.number(),
  resolvedAtMs: z.number().nullable(),
  owners: z.array(z.string()),
  assignee: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
  checks: z.array(
    z.object({
      kind: z.enum(['test', 'anomaly', 'run', 'freshness', 'schema', 'grants']),
      check: z.string(),
      column: z.string().nullable(),
      failures: z.number().nullable(),
      failing: z.boolean(),
    }),
  ),
});

const chart = z.object({
  place: z.string(),
  column: z.string().nullable(),
  metric: z.string(),
  failing: z.boolean(),
  /** What the engine says of the newest point, with its numbers. */
  sentence: z.string().nullable(),
  points: z.array(
    z.object({
      atMs: z.number(),
      value: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      anomalous: z.boolean(),
    }),
  ),
});

const lineage = z.object({
  nodes: z.array(
    z.object({
      key: z.string(),
      kind: z.enum(['table', 'exposure', 'step']),
      name: z.string(),
      score,
      failing: z.boolean(),
    }),
  ),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
  /** Things that are in no picture, because it would be too large. */
  unshown: z.number(),
});

const test = z.object({
  place: z.string(),
  name: z.string(),
  column: z.string().nullable(),
  dimension: z.string(),
  severity,
  status: z.string(),
  atMs: z.number(),
  failures: z.number().nullable(),
  /** Oldest first. */
  history: z.array(z.string()),
});

const run = z.object({
  name: z.string(),
  origin: z.string(),
  status: z.string(),
  startedAtMs: z.number(),
  durationMs: z.number().nullable(),
  counts: z.object({ total: z.number(), failed: z.number(), warned: z.number() }),
});

const change = z.object({
  place: z.string(),
  column: z.string().nullable(),
  what: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  atMs: z.number(),
});

const usage = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      statements: z.number(),
      people: z.number(),
      rows: z.number(),
      seconds: z.number(),
    }),
  ),
  shapes: z.array(
    z.object({
      fingerprint: z.string(),
      sources: z.array(z.string()),
      statements: z.number(),
      seconds: z.number(),
      slowestMs: z.number(),
    }),
  ),
  unused: z.array(z.object({ source: z.string(), owners: z.array(z.string()) })),
});

/** Everything a report shows: names, counts, times and numbers over many rows. */
export const reportShape = z.object({
  generatedAtMs: z.number(),
  days: z.number(),
  warehouses: z.array(z.object({ name: z.string(), engine: z.string(), state: z.string() })),
  health: healthShape,
  incidents: z.array(incident),
  charts: z.array(chart),
  lineage,
  tests: z.array(test),
  testCounts: z.object({ pass: z.number(), warn: z.number(), fail: z.number(), error: z.number() }),
  runs: z.array(run),
  changes: z.array(change),
  usage,
});
export type ReportData = Frozen<z.infer<typeof reportShape>>;

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
