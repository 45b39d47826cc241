import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { sparkline } from './chart.ts';
import type { ReportData } from './data.ts';
import { countText, scoreBand, scoreText, shareText } from './words.ts';

export const DIMENSIONS = [
  'completeness',
  'uniqueness',
  'validity',
  'consistency',
  'freshness',
  'accuracy',
] as const;

/** Circumference of a ring of radius 52. */
const RING = 2 * Math.PI * 52;

/** The first screen: how well the data is in one number, in six, and how much is looked at. */
export function overview(data: ReportData): Markup {
  const { health } = data;
  return html`<section class="overview" aria-label="Overview">
    <div class="card hero">
      ${ring(health.score)}
      <div>
        <h2>Health</h2>
        <p class="verdict">${verdict(data)}</p>
        ${trend(health.trend)}
      </div>
    </div>
    <div class="card">
      <h2>By dimension</h2>
      <ul class="bars">
        ${DIMENSIONS.map((one) => bar(one, health.dimensions[one]))}
      </ul>
    </div>
    <div class="card">
      <h2>Coverage</h2>
      <dl class="tiles">${tiles(data)}</dl>
    </div>
  </section>`;
}

function ring(score: number | null): Markup {
  const drawn = Math.round(RING * ((score ?? 0) / 100) * 10) / 10;
  return html`<svg
    viewBox="0 0 128 128"
    class="ring band-${scoreBand(score)}"
    role="img"
    aria-label="Health ${scoreText(score)} of 100"
  >
    <circle class="track" cx="64" cy="64" r="52" />
    <circle
      class="arc"
      cx="64"
      cy="64"
      r="52"
      stroke-dasharray="${drawn} ${Math.round(RING * 10) / 10}"
      transform="rotate(-90 64 64)"
    />
    <text x="64" y="70" text-anchor="middle" class="big">${scoreText(score)}</text>
    <text x="64" y="88" text-anchor="middle" class="tick">of 100</text>
  </svg>`;
}

function verdict({ incidents, testCounts, health }: ReportData): string {
  const open = incidents.filter((one) => one.state !== 'resolved');
  const failing = testCounts.fail + testCounts.error;
  if (health.score === null) return 'Nothing is watched yet.';
  if (open.length === 0) return 'Nothing is wrong that anything looks at.';
  const worst = open.filter((one) => one.severity === 'critical').length;
  const critical = worst > 0 ? `, ${worst} critical` : '';
  return `${countText(open.length, 'open incident')}${critical}; ${countText(failing, 'test')} failing.`;
}

function trend(days: ReportData['health']['trend']): Markup | null {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || days.length < 2) return null;
  const change = Math.round((last.score - first.score) * 10) / 10;
  const words = change === 0 ? 'unchanged' : change > 0 ? `up ${change}` : `down ${-change}`;
  const scores = days.map((one) => one.score);
  return html`<figure class="trend">
    ${sparkline(scores, `Health from ${first.day} to ${last.day}`)}
    <figcaption>${words} since ${first.day}</figcaption>
  </figure>`;
}

function bar(name: string, score: number | null): Markup {
  const width = Math.round((score ?? 0) * 10) / 10;
  return html`<li class="band-${scoreBand(score)}">
    <span class="label">${name}</span>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="8" rx="4" />
      <rect class="fill" width="${width}" height="8" rx="4" />
    </svg>
    <span class="number">${scoreText(score)}</span>
  </li>`;
}

function tiles({ health: { coverage }, testCounts, charts }: ReportData): readonly Markup[] {
  const { tables, watched, owned, columns, columnsTested, described } = coverage;
  const tests = testCounts.pass + testCounts.warn + testCounts.fail + testCounts.error;
  const items: readonly (readonly [string, string, string])[] = [
    ['tables watched', shareText(watched, tables), `${watched} of ${tables}`],
    ['columns tested', shareText(columnsTested, columns), `${columnsTested} of ${columns}`],
    ['tables owned', shareText(owned, tables), `${owned} of ${tables}`],
    ['tables described', shareText(described, tables), `${described} of ${tables}`],
    ['tests', String(tests), `${testCounts.pass} pass`],
    ['series shown', String(charts.length), 'below'],
  ];
  return items.map(
    ([label, value, of]) =>
      html`<div>
        <dt>${label}</dt>
        <dd>${value} <small>${of}</small></dd>
      </div>`,
  );
}
