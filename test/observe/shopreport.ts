import type { ReportData } from '#engines/report';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 21, 9);

type Table = ReportData['health']['tables'][number];
type Chart = ReportData['charts'][number];

/** A made-up shop with a bad morning, to look at what a report makes of it; the same every time. */
export function shopReport(): ReportData {
  return {
    generatedAtMs: NOW_MS,
    days: 14,
    warehouses: [
      { name: 'shop', engine: 'postgresql', state: 'ok' },
      { name: 'lake', engine: 'duckdb', state: 'ok' },
    ],
    health: {
      score: 91.4,
      dimensions: {
        completeness: 96.2,
        uniqueness: 99.1,
        validity: 88,
        consistency: 100,
        freshness: 74.5,
        accuracy: 90.4,
      },
      coverage: {
        tables: 34,
        watched: 29,
        owned: 22,
        columns: 310,
        columnsTested: 141,
        described: 18,
      },
      tables: TABLES,
      trend: Array.from({ length: 21 }, (_, i) => ({
        day: new Date(NOW_MS - (20 - i) * DAY_MS).toISOString().slice(0, 10),
        score: 93 + Math.sin(i / 2) * 2 - (i > 18 ? 2.4 : 0),
      })),
    },
    incidents: incidents(),
    charts: charts(),
    lineage: lineage(),
    tests: tests(),
    testCounts: { pass: 171, warn: 3, fail: 2, error: 1 },
    runs: runs(),
    changes: changes(),
    usage: usage(),
  };
}

function table(place: string, score: number | null, rest: Partial<Table> = {}): Table {
  return {
    place,
    source: place,
    owners: ['olga.owner'],
    score,
    dimensions: {
      completeness: score,
      uniqueness: score === null ? null : 100,
      validity: score,
      consistency: null,
      freshness: score === null ? null : Math.min(100, score + 6),
      accuracy: null,
    },
    checks: score === null ? 0 : 12,
    failing: 0,
    ...rest,
  };
}

const TABLES: readonly Table[] = [
  table('shop.public.orders', 62.5, { failing: 3 }),
  table('shop.public.payments', 88.3, { failing: 1, owners: ['finn.finance', 'olga.owner'] }),
  table('shop.marts.daily_revenue', 79, { failing: 1 }),
  table('shop.public.customers', 97.4),
  table('shop.public.items', 100),
  table('shop.staging.stg_orders', 95.8),
  table('shop.staging.stg_payments', 100),
  table('shop.staging.stg_customers', 100, { owners: [] }),
  table('shop.marts.customer_lifetime_value_by_segment', 96),
  table('lake.raw.clickstream', 100),
  table('lake.raw.returns', null, { owners: [] }),
  ...Array.from({ length: 23 }, (_, i) =>
    table(`shop.archive.orders_${2003 + i}`, i % 5 ? 100 : null),
  ),
];

function incidents(): ReportData['incidents'] {
  const base = {
    severity: 'high' as const,
    state: 'open' as const,
    openedAtMs: NOW_MS - 3 * 3_600_000,
    resolvedAtMs: null,
    owners: ['olga.owner'],
    assignee: null,
    acknowledgedBy: null,
  };
  const check = (
    name: string,
    rest: Partial<ReportData['incidents'][number]['checks'][number]> = {},
  ) => ({
    kind: 'test' as const,
    check: name,
    column: null,
    failures: null,
    failing: true,
    ...rest,
  });
  return [
    {
      ...base,
      id: 'inc_01k9v7mz3e8q2f6h4j5n7p9r1s',
      place: 'shop.public.orders',
      checks: [
        check('row_count', { kind: 'anomaly' }),
        check('unique', { column: 'order_id', failures: 12 }),
        check('accepted_values', { column: 'status', failures: 3 }),
      ],
    },
    {
      ...base,
      id: 'inc_01k9v2ab3e8q2f6h4j5n7p9r1t',
      place: 'shop',
      severity: 'critical',
      openedAtMs: NOW_MS - 40 * 60_000,
      owners: [],
      checks: [check('role_privet_reader', { kind: 'grants', failures: 2 })],
    },
    {
      ...base,
      id: 'inc_01k9u9cd3e8q2f6h4j5n7p9r1v',
      place: 'shop.public.payments',
      severity: 'normal',
      state: 'acknowledged',
      openedAtMs: NOW_MS - 26 * 3_600_000,
      owners: ['finn.finance', 'olga.owner'],
      assignee: 'finn.finance',
      acknowledgedBy: 'finn.finance',
      checks: [check('freshness', { kind: 'freshness' })],
    },
    ...['customers', 'items'].map((name, i) => ({
      ...base,
      id: `inc_01k9t9cd3e8q2f6h4j5n7p9r1${i}`,
      place: `shop.public.${name}`,
      state: 'resolved' as const,
      openedAtMs: NOW_MS - (5 + i) * DAY_MS,
      resolvedAtMs: NOW_MS - (5 + i) * DAY_MS + 7_200_000,
      checks: [check('not_null', { column: 'email', failing: false })],
    })),
  ];
}

/** Noise that is the same every time: a linear congruential generator. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 - 0.5;
  };
}

type Wave = {
  readonly level: number;
  readonly week: number;
  readonly spread: number;
  readonly odd: Readonly<Record<number, number>>;
  readonly gap?: number;
};

function wave({ level, week, spread, odd, gap }: Wave): Chart['points'] {
  const next = noise(level);
  return Array.from({ length: 75 }, (_, i) => {
    const expected = level * (1 + week * (i % 7 > 4 ? -1 : 0.3)) + (level * i) / 900;
    const value = odd[i] ?? Math.round(expected + next() * spread * 1.1);
    const band = i > 13;
    return {
      atMs: NOW_MS - (74 - i) * DAY_MS,
      value: i === gap ? null : value,
      low: band ? Math.max(0, expected - spread) : null,
      high: band ? expected + spread : null,
      anomalous: odd[i] !== undefined,
    };
  });
}

function charts(): ReportData['charts'] {
  return [
    {
      place: 'shop.public.orders',
      column: null,
      metric: 'row_count',
      failing: true,
      sentence:
        'row_count of shop.public.orders: 2,104 is a drop; expected 9,612, accepted 8,704 to 10,520 (weekday, 60 points; about 1 normal point in 41,000 is like that)',
      points: wave({ level: 9_400, week: 0.22, spread: 900, odd: { 74: 2_104, 38: 15_800 } }),
    },
    {
      place: 'shop.public.payments',
      column: null,
      metric: 'freshness',
      failing: true,
      sentence:
        'freshness of shop.public.payments: 26 h is a spike; expected 60.2 min, accepted 0 s to 2.06 h (level, 61 points; about 1 normal point in 2,000 is like that)',
      points: wave({ level: 3_600, week: 0, spread: 2_600, odd: { 74: 93_600 } }),
    },
    {
      place: 'shop.public.customers',
      column: 'email',
      metric: 'null_percent',
      failing: false,
      sentence:
        'null_percent of shop.public.customers.email: 2.4 % is as expected; expected 2.2 %, accepted 1.1 % to 3.4 % (level, 60 points; quite usual)',
      points: wave({ level: 22, week: 0.02, spread: 9, odd: { 51: 61 }, gap: 30 }),
    },
    {
      place: 'lake.raw.clickstream',
      column: null,
      metric: 'row_count',
      failing: false,
      sentence: null,
      points: wave({ level: 1_840_000, week: 0.4, spread: 210_000, odd: {} }),
    },
  ];
}

function lineage(): ReportData['lineage'] {
  const names: Readonly<Record<string, number | null>> = {
    'shop.public.orders': 62.5,
    'shop.public.payments': 88.3,
    'shop.public.customers': 97.4,
    'shop.public.items': 100,
    'lake.raw.clickstream': 100,
    'lake.raw.returns': null,
    'shop.staging.stg_orders': 95.8,
    'shop.staging.stg_payments': 100,
    'shop.staging.stg_customers': 100,
    'shop.staging.stg_items': 100,
    'shop.staging.stg_sessions': 98,
    'shop.marts.order_items': 96,
    'shop.marts.daily_revenue': 79,
    'shop.marts.customer_lifetime_value_by_segment': 96,
    'shop.marts.conversion': 97,
  };
  const failing = ['shop.public.orders', 'shop.public.payments'];
  const edge = (from: string, to: string) => ({ from, to });
  return {
    nodes: [
      ...Object.entries(names).map(([name, score]) => ({
        key: name,
        kind: 'table' as const,
        name,
        score,
        failing: failing.includes(name),
      })),
      ...['Revenue', 'Marketing funnel', 'Board pack'].map((name) => ({
        key: name,
        kind: 'exposure' as const,
        name,
        score: null,
        failing: false,
      })),
      { key: 'dedup', kind: 'step', name: 'int_orders_deduplicated', score: null, failing: false },
    ],
    edges: [
      edge('shop.public.orders', 'shop.staging.stg_orders'),
      edge('shop.public.payments', 'shop.staging.stg_payments'),
      edge('shop.public.customers', 'shop.staging.stg_customers'),
      edge('shop.public.items', 'shop.staging.stg_items'),
      edge('lake.raw.clickstream', 'shop.staging.stg_sessions'),
      edge('lake.raw.returns', 'shop.marts.daily_revenue'),
      edge('shop.staging.stg_orders', 'dedup'),
      edge('dedup', 'shop.marts.order_items'),
      edge('shop.staging.stg_items', 'shop.marts.order_items'),
      edge('shop.marts.order_items', 'shop.marts.daily_revenue'),
      edge('shop.staging.stg_payments', 'shop.marts.daily_revenue'),
      edge('shop.staging.stg_customers', 'shop.marts.customer_lifetime_value_by_segment'),
      edge('shop.marts.order_items', 'shop.marts.customer_lifetime_value_by_segment'),
      edge('shop.staging.stg_sessions', 'shop.marts.conversion'),
      edge('shop.marts.order_items', 'shop.marts.conversion'),
      edge('shop.marts.daily_revenue', 'Revenue'),
      edge('shop.marts.daily_revenue', 'Board pack'),
      edge('shop.marts.customer_lifetime_value_by_segment', 'Board pack'),
      edge('shop.marts.conversion', 'Marketing funnel'),
    ],
    unshown: 15,
  };
}

function tests(): ReportData['tests'] {
  const at = { atMs: NOW_MS - 3_600_000, dimension: 'validity', severity: 'high' as const };
  const history = (bad: readonly number[], word: string) =>
    Array.from({ length: 24 }, (_, i) => (bad.includes(i) ? word : 'pass'));
  return [
    {
      ...at,
      place: 'shop.staging.stg_payments',
      name: 'expression',
      column: null,
      status: 'error',
      failures: null,
      history: history([22, 23], 'error'),
    },
    {
      ...at,
      place: 'shop.public.orders',
      name: 'unique',
      column: 'order_id',
      status: 'fail',
      failures: 12,
      history: history([11, 23], 'fail'),
    },
    {
      ...at,
      place: 'shop.public.orders',
      name: 'accepted_values',
      column: 'status',
      status: 'fail',
      failures: 3,
      history: history([20, 21, 22, 23], 'fail'),
    },
    {
      ...at,
      place: 'shop.public.customers',
      name: 'relationships',
      column: 'country',
      status: 'warn',
      failures: 41,
      severity: 'normal',
      history: history([3, 4, 5, 15, 23], 'warn'),
    },
  ];
}

function runs(): ReportData['runs'] {
  return Array.from({ length: 7 }, (_, i) => ({
    name: i % 3 === 2 ? 'shop collect' : 'nightly build',
    origin: i % 3 === 2 ? 'monitor' : 'dbt',
    status: i === 0 ? 'failed' : i === 3 ? 'warning' : 'success',
    startedAtMs: NOW_MS - (i + 1) * 8 * 3_600_000,
    durationMs: i % 3 === 2 ? 21_000 + i * 900 : 420_000 + ((i * 7_919) % 160_000),
    counts: { total: 57, failed: i === 0 ? 3 : 0, warned: 1 },
  }));
}

function changes(): ReportData['changes'] {
  return [
    {
      place: 'shop.public.orders',
      column: 'discount_code',
      what: 'column-added',
      before: null,
      after: 'text',
      atMs: NOW_MS - DAY_MS,
    },
    {
      place: 'shop.public.payments',
      column: 'amount',
      what: 'type-changed',
      before: 'integer',
      after: 'numeric(12,2)',
      atMs: NOW_MS - 3 * DAY_MS,
    },
    {
      place: 'shop.archive.orders_2002',
      column: null,
      what: 'table-removed',
      before: null,
      after: null,
      atMs: NOW_MS - 6 * DAY_MS,
    },
  ];
}

function usage(): ReportData['usage'] {
  return {
    sources: [
      {
        source: 'shop.marts.daily_revenue',
        statements: 18_204,
        people: 41,
        rows: 2_400_000,
        seconds: 5_210,
      },
      {
        source: 'shop.public.orders',
        statements: 7_730,
        people: 12,
        rows: 98_200_000,
        seconds: 11_800,
      },
      {
        source: 'shop.public.customers',
        statements: 3_120,
        people: 9,
        rows: 410_000,
        seconds: 840,
      },
      {
        source: 'lake.raw.clickstream',
        statements: 310,
        people: 3,
        rows: 1_900_000,
        seconds: 6_900,
      },
    ],
    shapes: [
      {
        fingerprint: '9f31c2aa04d1e7b8',
        sources: ['shop.public.orders'],
        statements: 412,
        seconds: 8_420,
        slowestMs: 92_000,
      },
      {
        fingerprint: '02bd77e1c9a05f43',
        sources: ['lake.raw.clickstream'],
        statements: 96,
        seconds: 6_100,
        slowestMs: 143_000,
      },
      {
        fingerprint: '77aa10ce55d0b912',
        sources: ['shop.marts.daily_revenue', 'shop.public.customers'],
        statements: 9_003,
        seconds: 2_204,
        slowestMs: 1_180,
      },
    ],
    unused: Array.from({ length: 9 }, (_, i) => ({
      source: `shop.archive.orders_${2003 + i}`,
      owners: i % 2 ? [] : ['olga.owner'],
    })),
  };
}
