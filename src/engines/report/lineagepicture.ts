import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import type { ReportData } from './data.ts';
import { layOut } from './lineagelayout.ts';
import type { Place } from './lineagelayout.ts';
import { scoreBand, scoreText } from './words.ts';

type Node = ReportData['lineage']['nodes'][number];

const BOX_WIDTH = 180;
const BOX_HEIGHT = 38;
const LAYER_WIDTH = 244;
const ROW_HEIGHT = 54;
const MARGIN = 14;
/** Characters of a name that fit into a box. */
const NAME_CHARACTERS = 19;

/** What is made of what, from left to right; tables by how well they are, dashboards as what they are. */
export function lineagePicture(lineage: ReportData['lineage']): Markup {
  const { places, routes, layers, rows } = layOut(lineage);
  const width = (layers - 1) * LAYER_WIDTH + BOX_WIDTH + 2 * MARGIN;
  const height = (rows - 1) * ROW_HEIGHT + BOX_HEIGHT + 2 * MARGIN;
  const failing = lineage.nodes.filter((node) => node.failing).map((node) => node.name);
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="Picture of lineage; scrolls sideways"
  >
    <svg
      viewBox="0 0 ${width} ${Math.round(height)}"
      width="${width}"
      height="${Math.round(height)}"
      role="img"
      aria-labelledby="lineage-t lineage-d"
      class="${width > 880 ? 'lineage wide' : 'lineage'}"
    >
      <title id="lineage-t">What is made of what</title>
      <desc id="lineage-d">
        ${lineage.nodes.length} tables and dashboards, ${lineage.edges.length} links.
        ${failing.length === 0 ? 'Nothing fails.' : `Something fails in ${failing.join(', ')}.`}
      </desc>
      ${routes.map((route) =>
        edge([places.get(route.from) ?? ORIGIN, ...route.through, places.get(route.to) ?? ORIGIN]),
      )}
      ${lineage.nodes.map((node) => box(node, places.get(node.key) ?? ORIGIN))}
    </svg>
  </div>`;
}

const ORIGIN: Place = { layer: 0, row: 0 };

function left({ layer }: Place): number {
  return MARGIN + layer * LAYER_WIDTH;
}

function middle({ row }: Place): number {
  return Math.round((MARGIN + row * ROW_HEIGHT + BOX_HEIGHT / 2) * 10) / 10;
}

/** A smooth line from the right of one box to the left of another, through the rows of the layers between. */
function edge(stops: readonly Place[]): Markup {
  const [first = ORIGIN, ...rest] = stops;
  let [x, y] = [left(first) + BOX_WIDTH, middle(first)];
  let path = `M${x} ${y}`;
  for (const [i, stop] of rest.entries()) {
    const [toX, toY] = [left(stop), middle(stop)];
    const bend = (toX - x) / 2;
    path += `C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
    if (i < rest.length - 1) path += `H${toX + BOX_WIDTH}`;
    [x, y] = [toX + BOX_WIDTH, toY];
  }
  return html`<path class="edge" d="${path}" />`;
}

function box(node: Node, place: Place): Markup {
  const [x, y] = [left(place), middle(place) - BOX_HEIGHT / 2];
  const kind = node.kind === 'table' ? `band-${scoreBand(node.score)}` : node.kind;
  const round = node.kind === 'exposure' ? BOX_HEIGHT / 2 : 6;
  const parts = node.name.split('.');
  const small = node.kind === 'table' ? parts.slice(0, -1).join('.') : WORDS[node.kind];
  return html`<g class="node ${kind}${node.failing ? ' failing' : ''}"
    ><title>
      ${node.name}${node.kind === 'table' ? `, health ${scoreText(node.score)}` : ''}${node.failing ? ', something fails' : ''}
    </title>
    <rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="${round}" />
    <text class="small" x="${x + 14}" y="${y + 14}">${shortened(small)}</text>
    <text class="name" x="${x + 14}" y="${y + 29}"
      >${shortened(node.kind === 'table' ? (parts.at(-1) ?? '') : node.name)}</text
    >
    ${node.failing ? html`<text class="flag" x="${x + BOX_WIDTH - 12}" y="${y + 25}" text-anchor="end">✕</text>` : null}</g
  >`;
}

const WORDS = { exposure: 'dashboard', step: 'step' } as const;

function shortened(name: string): string {
  if (name.length <= NAME_CHARACTERS) return name;
  return `${name.slice(0, NAME_CHARACTERS - 1).toWellFormed()}…`;
}
