import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { niceTicks } from './chart.ts';
import { layOut } from './lineagelayout.ts';
import { renderReport, reportShape } from './mod.ts';
import type { ReportData } from './mod.ts';
import { shopReport } from '../../../test/observe/shopreport.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');
const render = (data: ReportData) => renderReport(data, { sha256 });

const NOTHING: ReportData = {
  generatedAtMs: Date.UTC(2026, 10, 21, 9),
  days: 14,
  warehouses: [],
  health: {
    score: null,
    dimensions: {
      completeness: null,
      uniqueness: null,
      validity: null,
      consistency: null,
      freshness: null,
      accuracy: null,
    },
    coverage: { tables: 0, watched: 0, owned: 0, columns: 0, columnsTested: 0, described: 0 },
    tables: [],
    trend: [],
  },
  incidents: [],
  charts: [],
  lineage: { nodes: [], edges: [], unshown: 0 },
  tests: [],
  testCounts: { pass: 0, warn: 0, fail: 0, error: 0 },
  runs: [],
  changes: [],
  usage: { sources: [], shapes: [], unused: [] },
};

test('renderReport writes a page of nothing that says what to do', () => {
  const page = render(NOTHING);
  assert.match(page, /Nothing is watched yet/u);
  assert.match(page, /No metric is collected yet/u);
  assert.doesNotMatch(page, /NaN|undefined|Infinity|\[object/u);
});

test('renderReport allows its own style sheet and nothing else', () => {
  const page = render(shopReport());
  const style = /<style>(?<text>[\s\S]*?)<\/style>/u.exec(page)?.groups?.['text'] ?? '';
  const policy = /Content-Security-Policy" content="(?<text>[^"]*)"/u.exec(page)?.groups?.['text'];
  assert.equal(
    policy,
    `default-src 'none'; style-src 'sha256-${sha256(style)}'; base-uri 'none'; form-action 'none'`,
  );
  assert.doesNotMatch(page, /<script|<img|<link|<iframe|style="|https?:|url\(|@import| on\w+=/iu);
  assert.doesNotMatch(page, /NaN|undefined|Infinity|\[object/u);
});

test('renderReport escapes every text of others, wherever it is written', () => {
  const hostile = `"><script>alert('x')</script>\u202e`;
  const swap = (value: unknown): unknown => {
    if (typeof value === 'string') return hostile;
    if (Array.isArray(value)) return value.map(swap);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === 'kind' ? one : swap(one)]),
    );
  };
  const page = render(swap(shopReport()) as ReportData);
  assert.doesNotMatch(page, /<script|\u202e/u);
  assert.match(page, /&lt;script&gt;/u);
});

test('the data of a report is what the interface gives', () => {
  assert.equal(reportShape.safeParse(shopReport()).success, true);
});

test('layOut puts what is made of something to its right, also where it goes round in a circle', () => {
  const edges = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'a', to: 'c' },
    { from: 'c', to: 'a' },
    { from: 'd', to: 'd' },
  ];
  const layout = layOut({ nodes: ['a', 'b', 'c', 'd'].map((key) => ({ key })), edges });
  const layer = (key: string) => layout.places.get(key)?.layer;
  assert.deepEqual([layer('a'), layer('b'), layer('c'), layer('d')], [0, 1, 2, 0]);
  const long = layout.routes.find(({ from, to }) => from === 'a' && to === 'c');
  assert.equal(long?.through.length, 1);
});

test('layOut never puts two things in one place', () => {
  const nodes = Array.from({ length: 60 }, (_, i) => ({ key: `n${i}` }));
  const edges = nodes.flatMap((_, i) =>
    [1, 5, 11].flatMap((step) =>
      i % step === 0 && i + step < 60 ? [{ from: `n${i}`, to: `n${i + step}` }] : [],
    ),
  );
  const { places } = layOut({ nodes, edges });
  const spots = [...places.values()];
  for (const [i, one] of spots.entries()) {
    for (const other of spots.slice(i + 1)) {
      if (one.layer === other.layer) assert.ok(Math.abs(one.row - other.row) > 0.999);
    }
  }
});

test('niceTicks are round and hold the range', () => {
  for (const [low, high] of [
    [0, 0],
    [3, 3],
    [-5, 17],
    [0.001, 0.0034],
    [9_800, 10_400],
  ] as const) {
    const ticks = niceTicks(low, high);
    assert.ok((ticks[0] ?? 1) <= low && (ticks.at(-1) ?? 0) >= high && ticks.length <= 8);
  }
});
