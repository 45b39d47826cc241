import type { Command } from 'commander';
import { z } from 'zod';
import { exposureShape, provenShape, summaryShape } from './exposureshape.ts';
import type { Summary } from './exposureshape.ts';
import { exposureMarkdown, exposureText } from './exposuretext.ts';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, shown } from './output.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const ofPlane = z.object({ plane: z.string().optional() });
const GRANT = 'grt_01k9v7mz3e8q2f6h4j5n7p9r1s';

/** `privet incident …`: what data operators were shown, by the ledger of a plane. */
export function addExposures(cli: Cli, program: Command): void {
  const incident = branch(
    program,
    'incident',
    'data that operators were shown, by the ledger: list, show, export',
  );
  leaf(cli, incident, {
    name: 'list',
    summary: 'list grants under which data was shown, the newest first',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet incident list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(summaryShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('incidents') }, shape);
      return listed(
        (style) => [
          { title: 'incident', cell: (one: Summary) => one.grant },
          {
            title: 'operator',
            cell: (one) => one.operator.name ?? one.operator.id,
            mark: (text) => style.bold(text),
          },
          { title: 'items', cell: (one) => one.items.length, align: 'right' },
          { title: 'first shown', cell: (one) => one.firstShownAt.slice(0, 19).replace('T', ' ') },
          { title: 'emergency', cell: (one) => (one.emergency ? 'yes' : 'no') },
          { title: 'state', cell: (one) => one.state },
        ],
        items,
        'no operator was shown any data',
      );
    },
  });
  leaf(cli, incident, {
    name: 'show <incident>',
    summary: 'show which items were shown to whom, and the whole trail',
    flags: [PLANE],
    options: ofPlane,
    examples: [`privet incident show ${GRANT}`],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('incidents', argument({ args }, 0));
      const found = await plane.ask({ method: 'GET', path }, exposureShape);
      return shown(found, (style) => exposureText(found, style));
    },
  });
  addExport(cli, incident);
}

function addExport(cli: Cli, incident: Command): void {
  leaf(cli, incident, {
    name: 'export <incident>',
    summary: 'write an incident with a proof of each leaf, as JSON or Markdown',
    details:
      'The JSON is what `privet-verify --incident` checks against a copy of the log: that the leaves are in it, and that none\n' +
      'about the grant is missing.',
    flags: [['--format <format>', 'json or markdown (default: json)'], PLANE],
    options: z.object({
      format: z.enum(['json', 'markdown']).default('json'),
      plane: z.string().optional(),
    }),
    examples: [
      `privet incident export ${GRANT} > incident.json`,
      `privet incident export ${GRANT} --format markdown > incident.md`,
    ],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('incidents', argument({ args }, 0), 'export');
      const found = await plane.ask({ method: 'GET', path }, provenShape);
      return shown(found, () =>
        options.format === 'markdown'
          ? exposureMarkdown(found)
          : `${JSON.stringify(found, null, 2)}\n`,
      );
    },
  });
}
