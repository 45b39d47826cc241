import { dotted, html } from './markup.ts';
import type { Markup } from './markup.ts';
import type { ReportData } from './data.ts';
import { DIMENSIONS } from './overview.ts';
import { countText, dayText, numberText, scoreBand, scoreText, spanText } from './words.ts';

/** Rows shown before the rest is folded away. */
const ROWS_SHOWN = 15;

/** Each table by dimension, those that are least well first. */
export function healthSection({ health }: ReportData): Markup {
  const order = health.tables.toSorted(
    (left, right) => (left.score ?? 200) - (right.score ?? 200) || right.failing - left.failing,
  );
  const head = html`<thead>
    <tr>
      <th scope="col">table</th>
      <th scope="col">owners</th>
      <th scope="col" class="num">health</th>
      ${DIMENSIONS.map((one) => html`<th scope="col" class="num">${one}</th>`)}
      <th scope="col" class="num">checks</th>
    </tr>
  </thead>`;
  return html`<section id="health">
    <h2>Tables <span class="count">${health.tables.length}</span></h2>
    ${
      order.length === 0
        ? html`<p class="empty">No table is known yet.</p>`
        : folded(order, (rows, label) =>
            wide(
              label,
              html`${head}
                <tbody>
                  ${rows.map(
                    (one) =>
                      html`<tr>
                        <th scope="row">${dotted(one.place)}</th>
                        <td>${one.owners.join(', ') || '–'}</td>
                        <td class="num">
                          <span class="score band-${scoreBand(one.score)}"
                            >${scoreText(one.score)}</span
                          >
                        </td>
                        ${DIMENSIONS.map((dimension) => html`<td class="num"><span class="score band-${scoreBand(one.dimensions[dimension])}">${scoreText(one.dimensions[dimension])}</span></td>`)}
                        <td class="num">
                          ${one.failing > 0 ? html`<strong class="bad">${one.failing} ✕</strong> / ` : null}${one.checks}
                        </td>
                      </tr>`,
                  )}
                </tbody>`,
            ),
          )
    }
  </section>`;
}

/** Tests that do not pass, with what they said before. */
export function testSection({ tests, testCounts }: ReportData): Markup {
  const all = testCounts.pass + testCounts.warn + testCounts.fail + testCounts.error;
  const head = html`<thead>
    <tr>
      <th scope="col">test</th>
      <th scope="col">table</th>
      <th scope="col">status</th>
      <th scope="col" class="num">failures</th>
      <th scope="col">severity</th>
      <th scope="col">results, newest last</th>
    </tr>
  </thead>`;
  return html`<section id="tests">
    <h2>Tests <span class="count">${testCounts.pass} of ${all} pass</span></h2>
    ${
      tests.length === 0
        ? html`<p class="empty">Every test passes, or none is there.</p>`
        : folded(tests, (rows, label) =>
            wide(
              label,
              html`${head}
                <tbody>
                  ${rows.map(
                    (one) =>
                      html`<tr>
                        <th scope="row">
                          ${one.name}${one.column === null ? null : html` <code>${one.column}</code>`}
                        </th>
                        <td>${dotted(one.place)}</td>
                        <td>${status(one.status)}</td>
                        <td class="num">${failuresText(one)}</td>
                        <td>${one.severity}</td>
                        <td>${barcode(one.history)}</td>
                      </tr>`,
                  )}
                </tbody>`,
            ),
          )
    }
  </section>`;
}

/** How many rows fail a test; of a few it is only known that there are some. */
function failuresText({ failures, status: found }: ReportData['tests'][number]): string {
  if (failures !== null) return numberText(failures);
  return found === 'fail' || found === 'warn' ? 'a few' : '–';
}

/** A small block a result: full and high for a failure, low for a pass, so that it reads without colour too. */
function barcode(history: readonly string[]): Markup {
  const words = history.map((one) => one).join(', ');
  return html`<svg
    viewBox="0 0 ${Math.max(1, history.length) * 8} 20"
    width="${Math.max(1, history.length) * 8}"
    height="20"
    role="img"
    aria-label="${words}"
  >
    ${history.map((one, i) => {
      const height = one === 'pass' ? 8 : one === 'warn' ? 13 : 20;
      return html`<rect
        class="result-${one}"
        x="${i * 8}"
        y="${20 - height}"
        width="6"
        height="${height}"
        rx="1.5"
      />`;
    })}
  </svg>`;
}

function status(text: string): Markup {
  const bad = text === 'fail' || text === 'error' || text === 'failed';
  const good = text === 'pass' || text === 'success';
  const kind = bad ? 'poor' : good ? 'good' : 'fair';
  return html`<span class="score band-${kind}">${bad ? '✕ ' : good ? '✓ ' : ''}${text}</span>`;
}

/** Runs, and what changed in schemas. */
export function activitySection({ runs, changes }: ReportData): Markup {
  const longest = Math.max(1, ...runs.map((one) => one.durationMs ?? 0));
  return html`<section id="activity">
    <h2>Runs and changes</h2>
    <div class="pair">
      <div class="card">
        <h3>Runs</h3>
        ${
          runs.length === 0
            ? html`<p class="empty">No run was reported in this time.</p>`
            : wide(
                'Runs',
                html`<thead>
                    <tr>
                      <th scope="col">run</th>
                      <th scope="col">status</th>
                      <th scope="col">began</th>
                      <th scope="col">took</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${runs.map(
                      (one) =>
                        html`<tr>
                          <th scope="row">${one.name}</th>
                          <td>${status(one.status)}</td>
                          <td>
                            ${dayText(one.startedAtMs)}
                            ${new Date(one.startedAtMs).toISOString().slice(11, 16)}
                          </td>
                          <td class="bar">
                            ${one.durationMs === null ? '–' : html`${bar(one.durationMs / longest)} ${spanText(one.durationMs)}`}
                          </td>
                        </tr>`,
                    )}
                  </tbody>`,
              )
        }
      </div>
      <div class="card">
        <h3>Changes of schemas</h3>
        ${
          changes.length === 0
            ? html`<p class="empty">No table changed its form in this time.</p>`
            : html`<ol class="timeline">
                ${changes.map((one) => html`<li><time>${dayText(one.atMs)}</time> <strong>${one.place}</strong>${one.column === null ? null : html` <code>${one.column}</code>`}<br /><span class="quiet">${one.what.replaceAll('-', ' ')}${one.before === null && one.after === null ? null : html`: ${one.before ?? '–'} → ${one.after ?? '–'}`}</span></li>`)}
              </ol>`
        }
      </div>
    </div>
  </section>`;
}

/** Who uses what, what it costs, and what nobody uses. */
export function usageSection({ usage, days }: ReportData): Markup {
  return html`<section id="usage">
    <h2>Usage <span class="count">last ${days} days, through the gateway</span></h2>
    <div class="pair">
      <div class="card">
        <h3>Most used</h3>
        ${mostUsed(usage.sources)}
      </div>
      <div class="card">
        <h3>Statements that cost most</h3>
        ${costly(usage.shapes)}
      </div>
    </div>
    ${usage.unused.length === 0 ? null : unused(usage.unused)}
  </section>`;
}

type Usage = ReportData['usage'];

function mostUsed(sources: Usage['sources']): Markup {
  if (sources.length === 0) {
    return html`<p class="empty">Nobody queried anything through the gateway.</p>`;
  }
  const most = Math.max(1, ...sources.map((one) => one.statements));
  const rows = sources.map(
    (one) =>
      html`<tr>
        <th scope="row">${dotted(one.source)}</th>
        <td class="bar">${bar(one.statements / most)} ${numberText(one.statements)}</td>
        <td class="num">${one.people}</td>
        <td class="num">${numberText(one.rows)}</td>
        <td class="num">${spanText(one.seconds * 1_000)}</td>
      </tr>`,
  );
  return wide(
    'Most used sources',
    html`<thead>
        <tr>
          <th scope="col">source</th>
          <th scope="col">statements</th>
          <th scope="col" class="num">people</th>
          <th scope="col" class="num">rows</th>
          <th scope="col" class="num">time</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>`,
  );
}

function costly(shapes: Usage['shapes']): Markup {
  if (shapes.length === 0) return html`<p class="empty">None yet.</p>`;
  const rows = shapes.map(
    (one) =>
      html`<tr>
        <th scope="row"><code>${one.fingerprint.slice(0, 12)}</code></th>
        <td>${one.sources.join(', ')}</td>
        <td class="num">${numberText(one.statements)}</td>
        <td class="num">${spanText(one.seconds * 1_000)}</td>
        <td class="num">${spanText(one.slowestMs)}</td>
      </tr>`,
  );
  return wide(
    'Statements that cost most',
    html`<thead>
        <tr>
          <th scope="col">shape</th>
          <th scope="col">reads</th>
          <th scope="col" class="num">times</th>
          <th scope="col" class="num">in all</th>
          <th scope="col" class="num">slowest</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>`,
  );
}

function unused(sources: Usage['unused']): Markup {
  const items = sources.map(
    ({ source, owners }) =>
      html`<li>
        ${source}
        ${owners.length === 0 ? null : html`<span class="quiet">${owners.join(', ')}</span>`}
      </li>`,
  );
  return html`<details>
    <summary>${countText(sources.length, 'source')} that nobody used</summary>
    <ul class="columns">
      ${items}
    </ul>
  </details>`;
}

/** A bar of a share, from 0 to 1. */
function bar(share: number): Markup {
  const width = Math.max(1, Math.round(100 * share));
  return html`<svg class="time" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">
    <rect class="fill" width="${width}" height="8" rx="2" />
  </svg>`;
}

function wide(label: string, table: Markup): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <caption class="hidden">
        ${label}
      </caption>
      ${table}
    </table>
  </div>`;
}

function folded<T>(
  items: readonly T[],
  show: (rows: readonly T[], label: string) => Markup,
): Markup {
  const [first, rest] = [items.slice(0, ROWS_SHOWN), items.slice(ROWS_SHOWN)];
  return html`${show(first, 'The first of them')}${
    rest.length === 0
      ? null
      : html`<details>
          <summary>${rest.length} more</summary>
          ${show(rest, 'The rest of them')}
        </details>`
  }`;
}
