import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said } from './output.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];

const stateShape = z.object({
  name: z.string(),
  place: z.string(),
  format: z.string(),
  nextIndex: z.number(),
  waiting: z.number(),
  missed: z.number(),
  sentAt: z.string().nullable(),
  failures: z.number(),
  code: z.string().nullable(),
});
type State = z.infer<typeof stateShape>;

const pageShape = z.object({ items: z.array(z.string()), next: z.number() });

/** `privet ledger export …`: where the ledger goes beside the log. */
export function addExport(cli: Cli, ledger: Command): void {
  const exported = branch(ledger, 'export', 'leaves as a SIEM takes them');
  addList(cli, exported);
  addRun(cli, exported);
}

function addList(cli: Cli, exported: Command): void {
  leaf(cli, exported, {
    name: 'list',
    summary: 'list the exports of a plane, and how far each is',
    details:
      'Exports are in `exports.targets` of the plane’s privet.yaml: where the ledger goes is said by who runs the plane.',
    flags: [PLANE],
    options: z.object({ plane: z.string().optional() }),
    examples: ['privet ledger export list', 'privet ledger export list --json'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('ledger', 'exports');
      const shape = z.object({ items: z.array(stateShape) });
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed<State>(
        (style) => [
          { title: 'export', cell: (one) => one.name, mark: (text) => style.bold(text) },
          { title: 'to', cell: (one) => one.place },
          { title: 'format', cell: (one) => one.format },
          { title: 'waiting', cell: (one) => one.waiting, align: 'right' },
          { title: 'missed', cell: (one) => one.missed, align: 'right' },
          { title: 'last sent', cell: (one) => one.sentAt },
          {
            title: 'trouble',
            cell: (one) => (one.code === null ? null : `${one.code}, ${one.failures} times`),
            mark: (text) => style.red(text),
          },
        ],
        items,
        'the ledger is exported nowhere; see docs/tasks/send-the-ledger-to-your-siem.md',
      );
    },
  });
}

function addRun(cli: Cli, exported: Command): void {
  leaf(cli, exported, {
    name: 'run <file>',
    summary: 'write leaves to a file, a line each, as an export would',
    details: 'A file that is there is not overwritten.',
    flags: [
      ['--format <format>', 'ocsf, cloudevents or leaf (default: ocsf)'],
      ['--from <index>', 'begin at this leaf (default: 0)'],
      ['--details', 'with what people wrote, texts of statements and addresses of clients'],
      PLANE,
    ],
    options: z.object({
      format: z.enum(['ocsf', 'cloudevents', 'leaf']).default('ocsf'),
      from: z.coerce.number().int().min(0).default(0),
      details: z.boolean().default(false),
      plane: z.string().optional(),
    }),
    examples: [
      'privet ledger export run 2026-11.ndjson',
      'privet ledger export run new.ndjson --from 120000 --format cloudevents',
    ],
    run: async ({ cli, args, options }) => {
      const path = args[0] ?? '';
      const plane = await cli.lines().plane(options.plane);
      const { format, details } = options;
      const page = async (from: number) => {
        const query = { from, format, details: String(details) };
        const place = withQuery(pathOf('ledger', 'exported'), query);
        return plane.ask({ method: 'GET', path: place }, pageShape);
      };
      const working = write(path, { page, from: options.from });
      const count = await cli.waiting('writing leaves', working);
      return said(`wrote ${count} leaves to ${path}`, { leaves: count, file: path });
    },
  });
}

type Source = {
  readonly page: (from: number) => Promise<z.infer<typeof pageShape>>;
  readonly from: number;
};

async function write(path: string, { page, from }: Source): Promise<number> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new Problem('conflict', `\`${path}\` cannot be made: is it there already?`, { cause });
  });
  try {
    let count = 0;
    for (let at = from; ;) {
      const { items, next } = await page(at);
      if (items.length === 0) return count;
      await file.write(items.map((text) => `${text}\n`).join(''));
      count += items.length;
      at = next;
    }
  } finally {
    await file.close();
  }
}
