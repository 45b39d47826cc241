import { html, trusted } from './markup.ts';
import type { Markup } from './markup.ts';
import { lineChart } from './chart.ts';
import type { ReportData } from './data.ts';
import { incidentSection } from './incidents.ts';
import { lineagePicture } from './lineagepicture.ts';
import { overview } from './overview.ts';
import { STYLE } from './style.ts';
import { activitySection, healthSection, testSection, usageSection } from './tables.ts';
import { momentText } from './words.ts';

export type ReportTools = {
  /** SHA-256 of a text in base64, for the policy that allows this style sheet and nothing else. */
  readonly sha256: (text: string) => string;
};

/**
 * The report as one HTML file that asks nobody for anything: no script, no font, no picture from elsewhere, and a policy in it
 * that lets a browser load none even if somebody put one in. Every name is escaped where it is written.
 */
export function renderReport(data: ReportData, tools: ReportTools): string {
  const policy = `default-src 'none'; style-src 'sha256-${tools.sha256(STYLE)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>Data report, ${momentText(data.generatedAtMs)}</title>
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the report</a>
        ${head(data)}
        <main id="content">
          ${overview(data)} ${incidentSection(data)} ${chartSection(data)} ${lineageSection(data)}
          ${testSection(data)} ${healthSection(data)} ${activitySection(data)} ${usageSection(data)}
        </main>
        <footer>
          <p>
            Made by Privet from metadata alone: names, counts, times and numbers over many rows. No
            row was read by whoever made it, and none is in it. Times are UTC.
          </p>
        </footer>
      </body>
    </html> `;
  return page.text;
}

function head(data: ReportData): Markup {
  const warehouses = data.warehouses.map((one) =>
    one.state === 'ok'
      ? `${one.name} (${one.engine})`
      : `${one.name} (${one.engine}, ${one.state})`,
  );
  const of = warehouses.length === 0 ? 'no warehouse yet' : warehouses.join(', ');
  return html`<header>
    <h1>Is the data right?</h1>
    <p class="quiet">${of} · ${momentText(data.generatedAtMs)} · looking back ${data.days} days</p>
    <nav aria-label="Parts of the report">
      <a href="#incidents">Incidents</a><a href="#series">Series</a><a href="#lineage">Lineage</a
      ><a href="#tests">Tests</a><a href="#health">Tables</a><a href="#activity">Runs and changes</a
      ><a href="#usage">Usage</a>
    </nav>
  </header>`;
}

function chartSection({ charts }: ReportData): Markup {
  return html`<section id="series">
    <h2>Series <span class="count">what is out of the ordinary first</span></h2>
    ${
      charts.length === 0
        ? html`<p class="empty">No metric is collected yet.</p>`
        : html`<div class="charts">
              ${charts.map(
                (chart, i) =>
                  html`<figure class="card">
                    <h3>
                      <span
                        >${chart.metric} of
                        ${chart.place}${chart.column === null ? null : html` <code>${chart.column}</code>`}</span
                      >${chart.failing ? html`<span class="pill high">anomaly</span>` : null}
                    </h3>
                    ${lineChart(chart, `c${i}`)}${chart.sentence === null ? null : html`<figcaption>${chart.sentence}</figcaption>`}
                  </figure>`,
              )}
            </div>
            <ul class="legend">
              <li>
                <svg aria-hidden="true"><rect class="band" width="22" height="14" /></svg>what was
                expected
              </li>
              <li>
                <svg aria-hidden="true"><path class="anomaly" d="M11 1L17 7L11 13L5 7Z" /></svg>out
                of the ordinary
              </li>
            </ul>`
    }
  </section>`;
}

const LINEAGE_LEGEND = html`<ul class="legend">
  ${(['good', 'fair', 'poor'] as const).map(
    (band) =>
      html`<li>
        <svg viewBox="0 0 22 14" aria-hidden="true">
          <g class="node band-${band}"><rect x="1" y="1" width="20" height="12" rx="3" /></g></svg
        >health ${{ good: '95 or more', fair: '80 to 95', poor: 'below 80' }[band]}
      </li>`,
  )}
  <li>
    <svg viewBox="0 0 22 14" aria-hidden="true">
      <g class="node exposure"><rect x="1" y="1" width="20" height="12" rx="6" /></g></svg
    >dashboard
  </li>
  <li>✕ something fails now</li>
</ul>`;

function lineageSection({ lineage }: ReportData): Markup {
  return html`<section id="lineage">
    <h2>
      Lineage
      <span class="count"
        >${lineage.unshown === 0 ? 'from sources to dashboards' : `around what matters most; ${lineage.unshown} more are not drawn`}</span
      >
    </h2>
    ${
      lineage.nodes.length === 0
        ? html`<p class="empty">
            Nobody told what is made of what yet: load dbt’s manifest, or register a database with
            views.
          </p>`
        : html`<div class="card">${lineagePicture(lineage)}</div>
            ${LINEAGE_LEGEND}`
    }
  </section>`;
}
