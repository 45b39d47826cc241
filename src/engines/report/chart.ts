import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import type { ReportData } from './data.ts';
import { dayText, momentText, numberText, spanText } from './words.ts';

type Chart = ReportData['charts'][number];
type Point = Chart['points'][number];

const WIDTH = 640;
const HEIGHT = 210;
const LEFT = 52;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 26;
const TICKS = 4;
/** Days named under the axis at most. */
const DATES = 6;

type Scale = { readonly x: (atMs: number) => number; readonly y: (value: number) => number };

/** A line over time with the band it was expected in; what fell out of it is marked by a shape of its own. */
export function lineChart(chart: Chart, id: string): Markup {
  const measured = chart.points.filter((point) => point.value !== null);
  if (measured.length < 2) return html`<p class="quiet">Too few points for a picture.</p>`;
  const [ticks, scale] = scaleOf(chart.points);
  const say = chart.metric.endsWith('freshness') ? duration : numberText;
  const anomalies = measured.filter((point) => point.anomalous);
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-labelledby="${id}-t ${id}-d"
    class="chart"
  >
    <title id="${id}-t">${chart.metric} of ${chart.place}</title>
    <desc id="${id}-d">${describe(chart, measured.length, anomalies.length)}</desc>
    ${ticks.map((tick) => tickLine(tick, scale, say))} ${dates(chart.points, scale)}
    <path class="band" d="${bandPath(chart.points, scale)}" />
    <path class="line" d="${linePath(chart.points, scale)}" />
    ${anomalies.map((point) => mark(point, scale, say))} ${lastLabel(measured, scale, say)}
  </svg>`;
}

function describe(chart: Chart, points: number, anomalies: number): string {
  const [first, last] = [chart.points[0]?.atMs ?? 0, chart.points.at(-1)?.atMs ?? 0];
  const found = anomalies === 0 ? 'none out of the ordinary' : `${anomalies} out of the ordinary`;
  return `${points} points from ${dayText(first)} to ${dayText(last)}, ${found}.`;
}

function scaleOf(points: readonly Point[]): readonly [readonly number[], Scale] {
  const values = points.flatMap(({ value, low, high }) =>
    [value, low, high].flatMap((one) => one ?? []),
  );
  const ticks = niceTicks(Math.min(...values), Math.max(...values));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const [from, to] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 1];
  return [
    ticks,
    {
      x: (atMs) => round(LEFT + ((WIDTH - LEFT - RIGHT) * (atMs - from)) / (to - from || 1)),
      y: (value) => round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low || 1))),
    },
  ];
}

/** Round numbers around a range: steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(low: number, high: number): readonly number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const from = Math.floor(low / step);
  const to = Math.max(Math.ceil(high / step), from + 1);
  return Array.from({ length: to - from + 1 }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
}

type Say = (value: number) => string;

/** Seconds, in the unit they fill. */
function duration(seconds: number): string {
  return seconds === 0 ? '0' : spanText(seconds * 1_000);
}

function tickLine(tick: number, scale: Scale, say: Say): Markup {
  const y = scale.y(tick);
  return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" /><text
      class="tick"
      x="${LEFT - 8}"
      y="${y + 3.5}"
      text-anchor="end"
      >${say(tick)}</text
    >`;
}

function dates(points: readonly Point[], scale: Scale): readonly Markup[] {
  const count = Math.min(DATES, points.length);
  const marks = Array.from({ length: count }, (_, i) =>
    Math.round((i * (points.length - 1)) / Math.max(1, count - 1)),
  );
  return marks.map((index, i) => {
    const atMs = points[index]?.atMs ?? 0;
    const anchor = i === 0 ? 'start' : i === count - 1 ? 'end' : 'middle';
    return html`<text class="tick" x="${scale.x(atMs)}" y="${HEIGHT - 8}" text-anchor="${anchor}"
      >${dayText(atMs)}</text
    >`;
  });
}

/** The band, in as many pieces as there are stretches in which both of its edges are known. */
function bandPath(points: readonly Point[], scale: Scale): string {
  const pieces = stretches(points, ({ low, high }) => low !== null && high !== null);
  return pieces
    .filter((piece) => piece.length > 1)
    .map((piece) => {
      const over = piece.map((point) => `${scale.x(point.atMs)} ${scale.y(point.high ?? 0)}`);
      const under = piece.map((point) => `${scale.x(point.atMs)} ${scale.y(point.low ?? 0)}`);
      return `M${[...over, ...under.toReversed()].join('L')}Z`;
    })
    .join('');
}

/** The line, broken where nothing was measured. */
function linePath(points: readonly Point[], scale: Scale): string {
  return stretches(points, ({ value }) => value !== null)
    .map((piece) => {
      const at = piece.map((point) => `${scale.x(point.atMs)} ${scale.y(point.value ?? 0)}`);
      return `M${at.length === 1 ? [...at, ...at].join('L') : at.join('L')}`;
    })
    .join('');
}

function stretches(
  points: readonly Point[],
  holds: (point: Point) => boolean,
): readonly (readonly Point[])[] {
  const found: Point[][] = [];
  let inside = false;
  for (const point of points) {
    const held = holds(point);
    if (held && inside) found.at(-1)?.push(point);
    else if (held) found.push([point]);
    inside = held;
  }
  return found;
}

function mark(point: Point, scale: Scale, say: Say): Markup {
  const [x, y] = [scale.x(point.atMs), scale.y(point.value ?? 0)];
  const size = 5.5;
  const path = `M${x} ${y - size}L${x + size} ${y}L${x} ${y + size}L${x - size} ${y}Z`;
  return html`<path class="anomaly" d="${path}"
    ><title>${momentText(point.atMs)}: ${say(point.value ?? 0)}</title></path
  >`;
}

function lastLabel(measured: readonly Point[], scale: Scale, say: Say): Markup | null {
  const last = measured.at(-1);
  if (last === undefined || last.value === null) return null;
  const [x, y] = [scale.x(last.atMs), scale.y(last.value)];
  const above = y > 40;
  const dot = last.anomalous ? null : html`<circle class="last" cx="${x}" cy="${y}" r="3" />`;
  return html`${dot}<text class="value" x="${x}" y="${above ? y - 10 : y + 20}" text-anchor="end"
      >${say(last.value)}</text
    >`;
}

/** A line without axes, for a trend beside a number. */
export function sparkline(values: readonly number[], title: string): Markup | null {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (i: number) => round((200 * i) / (values.length - 1));
  const y = (value: number) => round(4 + 32 * (1 - (value - low) / (high - low || 1)));
  const path = `M${values.map((value, i) => `${x(i)} ${y(value)}`).join('L')}`;
  return html`<svg viewBox="-4 0 208 40" role="img" class="spark">
    <title>${title}</title>
    <path class="line" d="${path}" />
    <circle class="last" cx="${x(values.length - 1)}" cy="${y(values.at(-1) ?? 0)}" r="3" />
  </svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
