import { dotted, html } from './markup.ts';
import type { Markup } from './markup.ts';
import type { ReportData } from './data.ts';
import { countText, momentText, spanText } from './words.ts';

type Incident = ReportData['incidents'][number];

/** What is wrong now, the worst first; then what was, and is over. */
export function incidentSection({ incidents, generatedAtMs }: ReportData): Markup {
  const open = incidents.filter((one) => one.state !== 'resolved');
  const over = incidents.filter((one) => one.state === 'resolved');
  const sorted = open.toSorted((left, right) => rank(right) - rank(left));
  return html`<section id="incidents">
    <h2>Incidents <span class="count">${open.length} open</span></h2>
    ${
      open.length === 0
        ? html`<p class="empty">No incident is open.</p>`
        : html`<ol class="cards">
            ${sorted.map((one) => card(one, generatedAtMs))}
          </ol>`
    }
    ${
      over.length === 0
        ? null
        : html`<details>
            <summary>${countText(over.length, 'incident')} resolved in this time</summary>
            ${resolved(over)}
          </details>`
    }
  </section>`;
}

const RANKS = { low: 0, normal: 1, high: 2, critical: 3 } as const;

function rank(incident: Incident): number {
  return RANKS[incident.severity];
}

function card(incident: Incident, nowMs: number): Markup {
  const failing = incident.checks.filter((one) => one.failing);
  return html`<li class="card incident ${incident.severity}">
    <div class="row">
      <span class="pill ${incident.severity}">${incident.severity}</span
      ><span class="pill plain">${incident.state}</span
      ><time>${agoText(nowMs - incident.openedAtMs)}</time>
    </div>
    <h3>${dotted(incident.place)}</h3>
    <ul class="checks">
      ${failing.map((one) => html`<li>${checkText(one)}</li>`)}
    </ul>
    <p class="quiet">${whoText(incident)}<br /><code>${incident.id}</code></p>
  </li>`;
}

function agoText(ms: number): string {
  return ms < 60_000 ? 'just now' : `${spanText(ms)} ago`;
}

function checkText(check: Incident['checks'][number]): Markup {
  const column = check.column === null ? null : html` <code>${check.column}</code>`;
  const failures = check.failures === null ? '' : `, ${countText(check.failures, 'failure')}`;
  return html`<strong>${check.check}</strong>${column} ${VERBS[check.kind]}${failures}`;
}

const VERBS: Readonly<Record<Incident['checks'][number]['kind'], string>> = {
  test: 'fails',
  anomaly: 'is out of the ordinary',
  run: 'ended with an error',
  freshness: 'is late',
  schema: 'changed',
  grants: 'reaches more than it should',
};

function whoText({ owners, assignee, acknowledgedBy }: Incident): string {
  const owned = owners.length === 0 ? 'nobody owns it' : `owned by ${owners.join(', ')}`;
  const assigned = assignee === null ? '' : ` · assigned to ${assignee}`;
  return `${owned}${assigned}${acknowledgedBy === null ? '' : ` · acknowledged by ${acknowledgedBy}`}`;
}

function resolved(incidents: readonly Incident[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Resolved incidents">
    <table>
      <caption class="hidden">
        Resolved incidents
      </caption>
      <thead>
        <tr>
          <th scope="col">table</th>
          <th scope="col">severity</th>
          <th scope="col">opened</th>
          <th scope="col">lasted</th>
          <th scope="col">checks</th>
        </tr>
      </thead>
      <tbody>
        ${incidents.map(
          (one) =>
            html`<tr>
              <th scope="row">${dotted(one.place)}</th>
              <td>${one.severity}</td>
              <td>${momentText(one.openedAtMs)}</td>
              <td>${spanText((one.resolvedAtMs ?? one.openedAtMs) - one.openedAtMs)}</td>
              <td>${one.checks.map((check) => check.check).join(', ')}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
