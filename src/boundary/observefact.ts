import { COLUMNS_MAX, DESCRIPTION_MAX, NAME_MAX, TYPE_MAX } from './bundlelimits.ts';
import { planeId } from './names.ts';
import { count, digest, id, idLike, list, measure, name, nameLike, nullable } from './shape.ts';
import { oneOf, operatorText, record, sha256Hex, time, union } from './shape.ts';

/**
 * What the collector tells control: metrics, results of tests and runs, changes of schemas, what dbt knows, lineage.
 * Metadata and numbers over many rows only. A message, a literal, a variable or the value of a category stays in the
 * plane and is stood for by a keyed digest, whose key never leaves the plane (docs/design/collector.md, "leak gate").
 */

/** Points, results or changes in one fact: about 200 bytes each, so a fact stays well below its limit. */
const OBSERVE_ITEMS_MAX = 1_000;
/** Nodes in one fact; each may have many columns. */
const OBSERVE_NODES_MAX = 50;
/** Columns all nodes of one fact have together is bounded by its bytes; edges of one relation are bounded here. */
const EDGES_PER_COLUMN_MAX = 200;
const DEPENDS_MAX = 2_000;
const LABELS_MAX = 50;
/** Significant digits of a number over many rows: an average, a sum, a deviation. */
const MOMENT_DIGITS = 4;
/** Significant digits of a number that is one row's value: a least, a greatest, a quantile. */
const EXTREME_DIGITS = 2;
/** A percentage with three decimals. */
const SHARE_DIGITS = 6;

/** The name a warehouse has in the plane; where a system of that name is registered, it is the same database. */
const warehouse = () => nameLike(/^[a-z][a-z0-9_-]{0,62}$/u, 63);
const table = () =>
  record({ database: name(NAME_MAX), schema: name(NAME_MAX), name: name(NAME_MAX) });
const column = () => name(NAME_MAX);
const types = () => name(TYPE_MAX);
/** A type has no quotes: an enum's labels are values. */
const TYPE = /^[A-Za-z][\w ,()<>[\]-]{0,199}$/u;
/** A run of the collector (`run_…`) or a dbt invocation (a UUID). */
const runId = () =>
  idLike(/^(?:run_[0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u);
/** dbt's unique id of a node. Tests have none here: dbt writes their arguments into it. */
const nodeId = () => name(400);
const word = () => nameLike(/^[A-Za-z][A-Za-z0-9_.+-]{0,62}$/u, 63);
/** An owner or tag: only spellings that cannot be a sentence. */
const labels = () => list(nameLike(/^[\p{L}\p{N}_.:/@#+-]{1,128}$/u, 256), LABELS_MAX);
const severity = () => oneOf('low', 'normal', 'high', 'critical');
const origin = () => oneOf('monitor', 'dbt', 'elementary');

const head = {
  format: oneOf('privet-fact/v1'),
  plane: planeId(),
  number: count(Number.MAX_SAFE_INTEGER, 1),
  timeMs: time(),
  warehouse: warehouse(),
};

/** Why something could not be measured or run; stands in for the message, which may quote values. */
const OBSERVE_FAULTS = [
  'timed-out',
  'unreachable',
  'missing-privilege',
  'missing-table',
  'missing-column',
  'wrong-type',
  'duplicate-key',
  'bad-value',
  'constraint',
  'compilation',
  'out-of-resource',
  'cancelled',
  'other',
] as const;
const fault = () => nullable(oneOf(...OBSERVE_FAULTS));

const METRICS = [
  'row_count',
  'freshness',
  'event_freshness',
  'null_count',
  'null_percent',
  'not_null_percent',
  'missing_count',
  'missing_percent',
  'not_missing_percent',
  'zero_count',
  'zero_percent',
  'not_zero_percent',
  'count_true',
  'count_false',
  'distinct_count',
  'unique_percent',
  'min',
  'max',
  'average',
  'sum',
  'standard_deviation',
  'variance',
  'min_length',
  'max_length',
  'average_length',
  'quantile_05',
  'quantile_25',
  'quantile_50',
  'quantile_75',
  'quantile_95',
  'category_count',
  'category_other_count',
  'category_distinct_count',
  'row_count_difference',
  'bytes',
  'custom',
] as const;

/** A metric of one table, column or category over time; sent before its first point and whenever it changes. */
const series = record({
  series: sha256Hex(),
  origin: origin(),
  /** Of the plane's own configuration; null for what others measured. */
  monitor: nullable(name(NAME_MAX)),
  table: table(),
  column: nullable(column()),
  metric: oneOf(...METRICS),
  /** Name of a custom metric, else null. */
  customName: nullable(word()),
  /** A category: its columns, and the keyed digest of its value. */
  category: nullable(record({ columns: list(column(), 8), value: sha256Hex() })),
  /** Null for a point a run, without buckets. */
  bucketSeconds: nullable(count(366 * 86_400, 60)),
  /** IANA name of the zone buckets are cut in. */
  timeZone: nameLike(/^[A-Za-z][A-Za-z0-9_+/-]{1,62}$/u, 63),
  /** Only some of the rows count: there is a condition, which stays in the plane. */
  filtered: oneOf(true, false),
  direction: oneOf('both', 'spike', 'drop'),
  severity: severity(),
  owners: labels(),
  tags: labels(),
});

const pointHead = {
  series: sha256Hex(),
  /** Null for a point a run. */
  startMs: nullable(time()),
  endMs: time(),
  /** Rows the value was computed over, null when nobody counted. */
  rows: nullable(count()),
  /** `suppressed`: over too few rows to be told; `failed`: see the fault of the run. Both have no value. */
  state: oneOf('measured', 'empty', 'suppressed', 'failed'),
  /** When it was measured; of two points of one series and end, the later one holds. */
  measuredMs: time(),
};
const point = union({
  /** A number of rows, values, characters, bytes or seconds. */
  count: record({ ...pointHead, value: nullable(count()) }),
  /** A percentage. */
  share: record({ ...pointHead, value: nullable(measure(SHARE_DIGITS)) }),
  /** Over many rows. */
  moment: record({ ...pointHead, value: nullable(measure(MOMENT_DIGITS)) }),
  /** What may be the value of one row. */
  extreme: record({ ...pointHead, value: nullable(measure(EXTREME_DIGITS)) }),
});

const CHECKS = [
  'not_null',
  'unique',
  'accepted_values',
  'relationships',
  'expression',
  'volume_threshold',
  'schema_changes',
  'json_schema',
  'exposure_validity',
  'row_count_match',
  'custom_sql',
  'freshness',
  'anomaly',
  'sla',
  'generic',
  'singular',
  'unit',
] as const;
const check = () => oneOf(...CHECKS);
const dimension = () =>
  oneOf('completeness', 'uniqueness', 'validity', 'consistency', 'freshness', 'accuracy', 'none');

const testResult = record({
  /** Of this execution: the same result sent twice is one. */
  result: sha256Hex(),
  /** Of the test, the same in every execution. */
  test: sha256Hex(),
  name: name(NAME_MAX),
  origin: origin(),
  check: check(),
  dimension: dimension(),
  /** dbt node the test belongs to. */
  node: nullable(nodeId()),
  table: nullable(table()),
  column: nullable(column()),
  severity: severity(),
  /** `skipped`: its table is empty, missing on purpose, or an earlier step failed; never opens an incident. */
  status: oneOf('pass', 'warn', 'fail', 'error', 'skipped'),
  fault: fault(),
  /** Keyed digest of the message, so that a message that comes again can be seen. */
  message: nullable(sha256Hex()),
  /** Null also for a few: what somebody's own test picks out must not be told of a handful of rows, or exactly of many. */
  failures: nullable(measure(EXTREME_DIGITS)),
  rows: nullable(measure(EXTREME_DIGITS)),
  run: nullable(runId()),
  atMs: time(),
  durationMs: nullable(count()),
  /** Failed rows that are kept in the warehouse, for those who may look. */
  samples: count(10_000),
  owners: labels(),
  tags: labels(),
});

const nodeRun = record({
  run: runId(),
  node: nodeId(),
  resource: word(),
  status: oneOf('success', 'error', 'skipped', 'partial', 'no-op'),
  fault: fault(),
  message: nullable(sha256Hex()),
  startedMs: nullable(time()),
  completedMs: nullable(time()),
  executionMs: nullable(count()),
  compileMs: nullable(count()),
  rowsAffected: nullable(count()),
  bytesProcessed: nullable(count()),
  materialized: nullable(word()),
  /** Keyed digest of the SQL that ran: a change shows, the SQL does not. */
  code: nullable(sha256Hex()),
});

const sourceFreshness = record({
  result: sha256Hex(),
  run: nullable(runId()),
  node: nodeId(),
  status: oneOf('pass', 'warn', 'error', 'runtime-error'),
  fault: fault(),
  maxLoadedMs: nullable(time()),
  snapshottedMs: nullable(time()),
  ageSeconds: nullable(count()),
  warnAfterSeconds: nullable(count()),
  errorAfterSeconds: nullable(count()),
});

const schemaChange = record({
  change: sha256Hex(),
  table: table(),
  column: nullable(column()),
  what: oneOf(
    'table-added',
    'table-removed',
    'table-renamed',
    'column-added',
    'column-removed',
    'type-changed',
  ),
  /** Type or name before and after; null where there was or is none. */
  before: nullable(types()),
  after: nullable(types()),
  against: oneOf('last', 'baseline'),
  run: nullable(runId()),
  atMs: time(),
});

const dbtNode = record({
  node: nodeId(),
  resource: word(),
  name: name(NAME_MAX),
  package: name(NAME_MAX),
  /** Null for what is no relation: an ephemeral model, an exposure, a metric, a group. */
  table: nullable(table()),
  materialized: nullable(word()),
  access: nullable(oneOf('private', 'protected', 'public')),
  group: nullable(name(NAME_MAX)),
  owners: labels(),
  tags: labels(),
  /** Empty unless the operator said that descriptions of this project may leave. */
  description: operatorText(DESCRIPTION_MAX),
  dependsOn: list(nodeId(), DEPENDS_MAX),
  columns: list(
    record({
      name: column(),
      type: nullable(nameLike(TYPE, TYPE_MAX)),
      description: operatorText(DESCRIPTION_MAX),
      tags: labels(),
    }),
    COLUMNS_MAX,
  ),
  exposure: nullable(
    record({
      type: oneOf('dashboard', 'notebook', 'analysis', 'ml', 'application', 'other'),
      maturity: nullable(oneOf('high', 'medium', 'low')),
    }),
  ),
  freshness: nullable(
    record({ warnAfterSeconds: nullable(count()), errorAfterSeconds: nullable(count()) }),
  ),
  /** Rows and bytes as the catalog artifact tells them. */
  rows: nullable(count()),
  bytes: nullable(count()),
});

/** A test as dbt defines it; its name says the kind and the column, never the arguments. */
const dbtTest = record({
  test: sha256Hex(),
  name: name(NAME_MAX),
  check: check(),
  dimension: dimension(),
  node: nullable(nodeId()),
  column: nullable(column()),
  severity: severity(),
  dependsOn: list(nodeId(), DEPENDS_MAX),
  owners: labels(),
  tags: labels(),
});

const relationLineage = record({
  table: table(),
  /** `view`: from the definition in the database; `dbt`: from the compiled SQL of a node. */
  origin: oneOf('view', 'dbt'),
  node: nullable(nodeId()),
  tables: list(table(), DEPENDS_MAX),
  /** `partial`: some column could not be followed; `none`: the SQL could not be read, only tables are known. */
  completeness: oneOf('full', 'partial', 'none'),
  columns: list(
    record({
      name: column(),
      from: list(record({ table: table(), column: column() }), EDGES_PER_COLUMN_MAX),
    }),
    COLUMNS_MAX,
  ),
});

/** A monitor as the plane's configuration has it, for those who look for it in control. */
const monitor = record({
  name: name(NAME_MAX),
  table: nullable(table()),
  state: oneOf('active', 'paused', 'removed'),
  schedule: nullable(nameLike(/^[0-9*,/-]+(?: [0-9*,/-]+){4}$/u, 100)),
  checks: list(record({ test: sha256Hex(), name: name(NAME_MAX), check: check() }), 500),
  metrics: count(100_000),
  severity: severity(),
  owners: labels(),
  tags: labels(),
});

const reached = record({
  kind: oneOf('database', 'schema', 'relation', 'column', 'function', 'role', 'attribute'),
  name: name(800),
  privilege: nameLike(/^[A-Za-z][A-Za-z_ ]{0,62}$/u, 63),
});

/** Every fact of the collector, by kind. */
export const OBSERVE_FACTS = {
  'metric-series': record({ ...head, series: list(series, OBSERVE_ITEMS_MAX) }),
  'metric-points': record({ ...head, run: runId(), points: list(point, OBSERVE_ITEMS_MAX) }),
  'test-results': record({ ...head, results: list(testResult, OBSERVE_ITEMS_MAX) }),
  /** A dbt invocation or a run of the collector; sent again when it is complete. */
  'run-result': record({
    ...head,
    run: runId(),
    origin: origin(),
    command: oneOf(
      'run',
      'build',
      'test',
      'seed',
      'snapshot',
      'source-freshness',
      'compile',
      'docs',
      'collect',
      'other',
    ),
    status: oneOf('running', 'success', 'warning', 'failed', 'unknown'),
    fault: fault(),
    project: nullable(name(NAME_MAX)),
    target: nullable(word()),
    environment: nullable(word()),
    job: nullable(name(NAME_MAX)),
    orchestrator: nullable(word()),
    adapter: nullable(word()),
    toolVersion: nullable(nameLike(/^[0-9A-Za-z.+-]{1,40}$/u, 40)),
    fullRefresh: nullable(oneOf(true, false)),
    startedMs: nullable(time()),
    completedMs: nullable(time()),
    commit: nullable(digest(/^[0-9a-f]{7,64}$/u, 64)),
    /** Keyed digest of who ran it. */
    user: nullable(sha256Hex()),
    counts: record({
      total: count(),
      succeeded: count(),
      warned: count(),
      failed: count(),
      skipped: count(),
    }),
  }),
  'node-runs': record({ ...head, runs: list(nodeRun, OBSERVE_ITEMS_MAX) }),
  'source-freshness': record({ ...head, results: list(sourceFreshness, OBSERVE_ITEMS_MAX) }),
  'schema-changes': record({ ...head, changes: list(schemaChange, OBSERVE_ITEMS_MAX) }),
  /** What changed in a project since the last of these; `revision` rises, so an older one changes nothing. */
  'dbt-nodes': record({
    ...head,
    project: name(NAME_MAX),
    origin: oneOf('dbt', 'elementary'),
    revision: count(Number.MAX_SAFE_INTEGER, 1),
    present: list(dbtNode, OBSERVE_NODES_MAX),
    removed: list(nodeId(), OBSERVE_ITEMS_MAX),
    tests: list(dbtTest, OBSERVE_ITEMS_MAX),
    removedTests: list(sha256Hex(), OBSERVE_ITEMS_MAX),
  }),
  lineage: record({
    ...head,
    relations: list(relationLineage, OBSERVE_NODES_MAX),
    removed: list(table(), OBSERVE_ITEMS_MAX),
  }),
  /** Which tables are there and how far they are watched; replaces what was told of these tables. */
  coverage: record({
    ...head,
    tables: list(
      record({
        table: table(),
        columns: count(COLUMNS_MAX * 10),
        columnsTested: count(COLUMNS_MAX * 10),
        monitors: count(10_000),
        tests: count(100_000),
      }),
      OBSERVE_ITEMS_MAX,
    ),
    removed: list(table(), OBSERVE_ITEMS_MAX),
  }),
  monitors: record({ ...head, monitors: list(monitor, OBSERVE_NODES_MAX) }),
  /** What the role that reads a schema of results can reach; `drifted` when that is not what it was. */
  'role-reach': record({
    ...head,
    role: name(NAME_MAX),
    use: oneOf('collect', 'read', 'elementary'),
    state: oneOf('narrow', 'wide', 'drifted'),
    digest: sha256Hex(),
    /** What it can reach beyond what it should, the first of `total`. */
    beyond: list(reached, 100),
    total: count(),
  }),
  /** Whether the collector reaches a warehouse. */
  'warehouse-state': record({
    ...head,
    system: nullable(id('sys')),
    engine: word(),
    state: oneOf('ok', 'down', 'refused', 'removed'),
    fault: fault(),
    /** `push`: the collector tells what it wrote; `pull`: a role that reads only the results does. */
    mode: oneOf('push', 'pull'),
  }),
} as const;
