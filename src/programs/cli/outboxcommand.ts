import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said } from './output.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const ofPlane = z.object({ plane: z.string().optional() });

const factShape = z.object({
  number: z.number(),
  kind: z.string(),
  text: z.string(),
  sentAt: z.string().nullable(),
  refused: z.boolean(),
});
type Fact = z.infer<typeof factShape>;

const releaseShape = z.object({
  mode: z.enum(['open', 'paused', 'approve']),
  through: z.number(),
  last: z.number(),
});

const MODES = [
  ['pause', 'paused', 'let nothing go to control; facts are kept, and control hears nothing'],
  ['approve', 'approve', 'let facts go only when somebody released them'],
  ['resume', 'open', 'let facts go by themselves again, and those that wait'],
] as const;

/** `privet outbox …`: what a plane tells control. */
export function addOutbox(cli: Cli, program: Command): void {
  const outbox = branch(
    program,
    'outbox',
    'what a plane tells control: read it, hold it, let it go',
  );
  addList(cli, outbox);
  leaf(cli, outbox, {
    name: 'export',
    summary: 'write the whole outbox as lines of JSON, for the verifier',
    details:
      'One line a fact: `{"number", "sentAtMs", "refused", "text"}`; the text is byte for byte what is sent.',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet outbox export > outbox.ndjson'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(factShape) });
      const lines: object[] = [];
      for (let from = 0; ;) {
        const path = withQuery(pathOf('outbox'), { from, limit: PAGE_FACTS });
        const { items } = await plane.ask({ method: 'GET', path }, shape);
        lines.push(...items.map(exported));
        const last = items.at(-1);
        if (last === undefined) break;
        from = last.number + 1;
      }
      return {
        value: lines,
        text: () => lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      };
    },
  });
  for (const [name, mode, summary] of MODES) {
    leaf(cli, outbox, {
      name,
      summary,
      flags: [PLANE],
      options: ofPlane,
      examples: [`privet outbox ${name}`],
      run: async ({ cli, options }) => {
        const plane = await cli.lines().plane(options.plane);
        const call = { method: 'PUT', path: pathOf('outbox', 'mode'), body: { mode } } as const;
        const release = await plane.ask(call, releaseShape);
        return said(`the outbox is ${release.mode}`, release);
      },
    });
  }
  leaf(cli, outbox, {
    name: 'release <number>',
    summary: 'let the facts up to a number go to control',
    details: '`last` stands for the newest fact there is now.',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet outbox release 1200', 'privet outbox release last'],
    run: async ({ cli, args, options }) => {
      const wanted = argument({ args }, 0);
      const plane = await cli.lines().plane(options.plane);
      const through =
        wanted === 'last' ? await newest(plane) : z.coerce.number().int().parse(wanted);
      const call = {
        method: 'POST',
        path: pathOf('outbox', 'release'),
        body: { through },
      } as const;
      const release = await plane.ask(call, releaseShape);
      return said(`facts up to ${release.through} may go`, release);
    },
  });
}

function addList(cli: Cli, outbox: Command): void {
  leaf(cli, outbox, {
    name: 'list',
    summary: 'show what left for control, or waits to, word for word',
    flags: [
      ['--from <number>', 'first fact (default: 0)'],
      ['-n, --lines <count>', 'how many (default: 100)'],
      PLANE,
    ],
    options: z.object({
      from: z.coerce.number().int().min(0).default(0),
      lines: z.coerce.number().int().min(1).max(1_000).default(100),
      plane: z.string().optional(),
    }),
    examples: ['privet outbox list', 'privet outbox list --from 1200 --json'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = withQuery(pathOf('outbox'), { from: options.from, limit: options.lines });
      const shape = z.object({ items: z.array(factShape) });
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          { title: 'fact', cell: (one: Fact) => one.number, align: 'right' },
          { title: 'kind', cell: (one) => one.kind, mark: (text) => style.bold(text) },
          { title: 'sent', cell: (one) => sentText(one) },
          { title: 'text', cell: (one) => one.text },
        ],
        items,
        'the outbox holds nothing from there on',
      );
    },
  });
}

/** What one request to the plane gives. */
const PAGE_FACTS = 1_000;

function exported({ number, sentAt, refused, text }: Fact): object {
  return { number, sentAtMs: sentAt === null ? null : Date.parse(sentAt), refused, text };
}

function sentText({ refused, sentAt }: Fact): string {
  if (refused) return 'refused';
  return sentAt?.slice(0, 19).replace('T', ' ') ?? 'waits';
}

/** The number of the newest fact. */
async function newest(plane: { ask: Ask }): Promise<number> {
  const { outbox } = await plane.ask(
    { method: 'GET', path: pathOf('status') },
    z.object({ outbox: z.object({ last: z.number() }) }),
  );
  return outbox.last;
}
type Ask = Awaited<ReturnType<ReturnType<Cli['lines']>['plane']>>['ask'];
