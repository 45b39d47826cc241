import type { Exposure, ProvenExposure } from './exposureshape.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs, table } from './table.ts';

type Step = Exposure['trail'][number];
type Thing = Exposure['items'][number];

/** An incident as people read it. */
export function exposureText(exposure: Exposure, style: Style): string {
  const head = pairs(headRows(exposure), style);
  const items = table<Thing>(
    [
      { title: 'item', cell: (one) => one.item, mark: (text) => style.bold(text) },
      { title: 'from', cell: (one) => one.channel },
      { title: 'kept, leaf', cell: (one) => one.kept, align: 'right' },
      { title: 'shown, leaves', cell: (one) => one.shown.join(' ') },
    ],
    exposure.items,
    { style, none: 'nothing' },
  );
  const trail = table<Step>(
    [
      { title: 'leaf', cell: (one) => one.index, align: 'right' },
      { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
      { title: 'what', cell: whatOf, mark: (text) => style.bold(text) },
      { title: 'who', cell: whoOf },
    ],
    exposure.trail,
    { style, none: 'nothing' },
  );
  return `${head}\n${items}\n${trail}`;
}

function headRows(exposure: Exposure): readonly (readonly [string, string])[] {
  const { grant, operator, state, emergency, firstShownAt, lastShownAt } = exposure;
  return [
    ['incident', grant],
    ['operator', printable(operator.name ?? operator.id)],
    ['state', emergency ? `${state}, an emergency` : state],
    ['shown', firstShownAt === lastShownAt ? firstShownAt : `${firstShownAt} to ${lastShownAt}`],
  ];
}

function whoOf({ actor }: Step): string {
  return actor === null ? 'the plane' : (actor.name ?? actor.id);
}

/** A step in a few words, from the entry itself. */
function whatOf({ kind, entry }: Step): string {
  const fields = JSON.parse(entry) as Readonly<Record<string, unknown>>;
  const told = ['capability', 'reason', 'how', 'verdict', 'item', 'view', 'operation', 'code']
    .map((name) => fields[name])
    .filter((value) => typeof value === 'string');
  return [kind, ...told].join(' ');
}

/** An incident as a document that can be handed on; ends with how to check it. */
export function exposureMarkdown(exposure: ProvenExposure): string {
  const rows = (cells: readonly (readonly string[])[]) =>
    cells.map((row) => `| ${row.map(cellText).join(' | ')} |\n`).join('');
  const proofs = exposure.proofs.map(
    ({ index, proof }) => `### Leaf ${index}\n\n\`\`\`\n${proof.trimEnd()}\n\`\`\`\n`,
  );
  return [
    `# Incident ${exposure.grant}\n\nPlane \`${exposure.plane}\`. Made from the ledger alone.\n`,
    rows([['', ''], ['---', '---'], ...headRows(exposure)]),
    `## What was shown\n\n${rows([
      ['item', 'from', 'SHA-256 of its envelope', 'leaf that kept it', 'leaves that showed it'],
      ['---', '---', '---', '---', '---'],
      ...exposure.items.map((one) => [
        one.item,
        one.channel,
        one.digest,
        String(one.kept),
        one.shown.join(' '),
      ]),
    ])}`,
    `## The trail\n\n${rows([
      ['leaf', 'at', 'what', 'who', 'leaf hash'],
      ['---', '---', '---', '---', '---'],
      ...exposure.trail.map((one) => [
        String(one.index),
        one.at,
        whatOf(one),
        whoOf(one),
        one.leafHash,
      ]),
    ])}`,
    '## Proofs\n\nEach is a C2SP tlog-proof. Save it to a file and check it: `privet-verify --log … --policy … --proof <file>`.\n',
    ...proofs,
  ].join('\n');
}

function cellText(text: string): string {
  return printable(text).replaceAll('|', '\\|');
}
