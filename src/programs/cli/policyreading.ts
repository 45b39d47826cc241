import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import type { Lines } from './line.ts';
import { listed, shown } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';

const documentShape = z.object({
  family: z.string(),
  kind: z.string(),
  name: z.string(),
  sentence: z.string(),
  revision: z.number(),
  at: z.string(),
  by: z.string(),
});
type Document = z.infer<typeof documentShape>;

const explainedShape = z.looseObject({
  id: z.string(),
  subject: z.string(),
  source: z.string(),
  project: z.string().nullable(),
  purpose: z.string().nullable(),
  firstAt: z.string().nullable(),
  plane: z.string().nullable(),
  lines: z.array(z.string()),
});

const rememberedShape = z.object({
  id: z.string(),
  subject: z.string(),
  vault: z.string(),
  table: z.string(),
  purpose: z.string().nullable(),
  lines: z.array(z.string()),
});

const FAMILY = ['--family <family>', 'policy (default), purpose, project or test'] as const;
const familyOption = z.object({ family: z.string().default('policy') });

/** The commands of `privet policy` that only look. */
export function addPolicyReading(cli: Cli, policy: Command): void {
  addExplain(cli, policy);
  addList(cli, policy);
  addShow(cli, policy);
  addHistory(cli, policy);
}

function addExplain(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'explain [decision]',
    summary: 'say why: of a decision by its id, or of a person and a source now',
    details:
      '`privet decision list` lists the decisions of queries that ran. Everybody may ask about themselves.',
    flags: [
      ['--user <name>', 'who (default: you)'],
      ['--source <source>', 'which source, `<system>.<schema>.<table>`'],
      ['--project <project>', 'acting in this project'],
      ['--purpose <purpose>', 'acting under this purpose'],
    ],
    options: z.object({
      user: z.string().optional(),
      source: z.string().optional(),
      project: z.string().optional(),
      purpose: z.string().optional(),
    }),
    examples: [
      'privet policy explain dec_3f0c…',
      'privet policy explain --user nia.north --source demo.clinic.patients',
      'privet policy explain --source demo.clinic.patients --project study --purpose Research',
    ],
    run: async ({ cli, args: [id], options }) => {
      const { source, user, project, purpose } = options;
      if ((id === undefined) === (source === undefined)) {
        throw new Problem('invalid', 'expected either the id of a decision or `--source`', {
          hint: '`privet policy explain --help` shows both',
        });
      }
      const call =
        id === undefined
          ? {
              method: 'POST' as const,
              path: pathOf('explain'),
              body: { subject: user, source, project: project ?? null, purpose: purpose ?? null },
            }
          : { method: 'GET' as const, path: pathOf('decisions', id) };
      const asked = cli.lines().control().ask(call, explainedShape);
      const found = await (id === undefined ? asked : asked.catch(atPlane(cli.lines(), id)));
      return shown(found, (style) => explainText(found, style));
    },
  });
}

/** What the plane remembers of a decision that control does not know yet; throws what control said where it does not either. */
function atPlane(lines: Pick<Lines, 'plane'>, id: string) {
  return async (thrown: unknown): Promise<z.infer<typeof explainedShape>> => {
    if (!(thrown instanceof Problem && thrown.code === 'not-found')) throw thrown;
    try {
      const plane = await lines.plane();
      const path = `/v1/decisions/${encodeURIComponent(id)}`;
      const { vault, table, ...found } = await plane.ask({ method: 'GET', path }, rememberedShape);
      const rest = { project: null, firstAt: null, plane: plane.name };
      return { ...found, source: `${vault}.${table}`, ...rest };
    } catch {
      throw thrown;
    }
  };
}

function explainText(found: z.infer<typeof explainedShape>, style: Style): string {
  const acting = [
    found.project === null ? '' : ` in project ${found.project}`,
    found.purpose === null ? '' : ` for ${found.purpose}`,
  ].join('');
  const unreported =
    found.plane === null
      ? 'decided now, to see'
      : `remembered by ${found.plane}; control does not know it yet`;
  const when =
    found.firstAt === null
      ? unreported
      : `first reported by ${found.plane ?? ''} at ${found.firstAt}`;
  const head = `${style.bold(printable(found.subject))} and ${style.bold(printable(found.source))}${printable(acting)}\n`;
  const lines = found.lines.map((line) => `${markLine(printable(line), style)}\n`);
  return `${head}${style.dim(printable(when))}\n${lines.join('')}`;
}

/** The answer and the titles stand out; the proof is as it came. */
function markLine(line: string, style: Style): string {
  if (/^dec_\w+: allow$/u.test(line)) return style.green(line);
  if (/^dec_\w+: deny$/u.test(line)) return style.red(line);
  return /^ {2}[^ :]+(?: [^ :]+)*$/u.test(line) ? style.bold(line) : line;
}

function addList(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'list',
    summary: 'list the documents in force, each as one English sentence',
    flags: [['--family <family>', 'only policy, purpose, project or test']],
    options: z.object({ family: z.string().optional() }),
    examples: ['privet policy list', 'privet policy list --family purpose'],
    run: async ({ cli, options }) => {
      const shape = z.object({ revision: z.number(), items: z.array(documentShape) });
      const path = withQuery(pathOf('policies'), options);
      const found = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return shown(found, (style) =>
        found.items.length === 0
          ? `${style.dim('nothing is in force: nobody sees anything; `privet policy apply` changes that')}\n`
          : found.items.map((one) => documentText(one, style)).join('') +
            style.dim(`revision ${found.revision}\n`),
      );
    },
  });
}

function documentText(one: Document, style: Style): string {
  return `${style.dim(one.family)} ${style.bold(printable(one.name))}\n    ${printable(one.sentence)}\n`;
}

function addShow(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'show <name>',
    summary: 'show a document as it was written',
    flags: [FAMILY],
    options: familyOption,
    examples: ['privet policy show mask-emails', 'privet policy show Research --family purpose'],
    run: async ({ cli, args, options }) => {
      const path = pathOf('policies', options.family, argument({ args }, 0));
      const shape = documentShape.extend({ text: z.string() });
      const found = await cli.lines().control().ask({ method: 'GET', path }, shape);
      const about = `${found.sentence}\nrevision ${found.revision}, ${found.at} by ${found.by}`;
      return {
        value: found,
        text: () => `${found.text.trimEnd()}\n`,
        note: (style) => `${style.dim(about)}\n`,
      };
    },
  });
}

function addHistory(cli: Cli, policy: Command): void {
  leaf(cli, policy, {
    name: 'history [name]',
    summary: 'list what was applied, or the versions of one document',
    flags: [FAMILY],
    options: familyOption,
    examples: ['privet policy history', 'privet policy history mask-emails'],
    run: async ({ cli, args: [name], options }) => {
      const line = cli.lines().control();
      const path =
        name === undefined
          ? pathOf('policy-revisions')
          : pathOf('policies', options.family, name, 'history');
      const { items } = await line.ask({ method: 'GET', path }, historyShape);
      return listed(
        () => [
          {
            title: 'revision',
            cell: (one: Version) => one.number ?? one.revision ?? null,
            align: 'right',
          },
          { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
          { title: 'by', cell: (one) => one.by },
          { title: 'what', cell: whatText },
          { title: 'why', cell: (one) => one.message },
        ],
        items,
        'nothing was ever applied',
      );
    },
  });
}

const historyShape = z.object({
  items: z.array(
    z.object({
      number: z.number().optional(),
      revision: z.number().optional(),
      at: z.string(),
      by: z.string(),
      message: z.string(),
      changed: z.number().optional(),
      removed: z.number().optional(),
      text: z.string().nullable().optional(),
    }),
  ),
});
type Version = z.infer<typeof historyShape>['items'][number];

function whatText(one: Version): string {
  if (one.text === null) return 'removed';
  if (one.text !== undefined) return 'written';
  return `${one.changed ?? 0} written, ${one.removed ?? 0} removed`;
}
