import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import type { Line } from './line.ts';
import { listed, said, shown } from './output.ts';
import { readPolicyTexts } from './policyfiles.ts';
import { printable } from './style.ts';
import { confirm } from './usercommand.ts';

const PLANE_FLAG: Flag = ['--plane <name>', 'which plane, when there are several'];
const planeOption = z.object({ plane: z.string().optional() });

const monitorShape = z.object({
  name: z.string(),
  warehouse: z.string(),
  table: z.string(),
  state: z.string(),
  schedule: z.string().nullable(),
  metrics: z.number(),
  tests: z.number(),
  lastRun: z.string().nullable(),
});
type Monitor = z.infer<typeof monitorShape>;

const appliedShape = z.object({
  changed: z.array(z.string()),
  unchanged: z.array(z.string()),
  removed: z.array(z.string()),
});

const runShape = z.object({
  run: z.string(),
  state: z.string(),
  attempt: z.number(),
  done: z.number(),
  total: z.number().nullable(),
  problem: z.string().nullable(),
  enqueuedAt: z.string(),
  endedAt: z.string().nullable(),
});
type Run = z.infer<typeof runShape>;
const runsShape = z.object({ items: z.array(runShape) });

/** How often a run that is waited for is looked at. */
const LOOK_MS = 500;

/** `privet observe monitor …`: what is measured and tested of which table. */
export function addMonitors(cli: Cli, observe: Command): void {
  const monitor = branch(observe, 'monitor', 'what is measured and tested: apply, run, list');
  addApply(cli, monitor);
  addRun(cli, monitor);
  addRuns(cli, monitor);
  addList(cli, monitor);
  addShow(cli, monitor);
  addRemove(cli, monitor);
  addRows(cli, monitor);
}

function addRows(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'rows <warehouse> <result>',
    summary: 'show rows that failed a test, as policy shows their table to you',
    details: 'They are kept in the warehouse for a time. Each look is in the ledger.',
    flags: [
      ['--project <project>', 'act in this project'],
      ['--purpose <purpose>', 'act for this purpose'],
      PLANE_FLAG,
    ],
    options: planeOption.extend({
      project: z.string().optional(),
      purpose: z.string().optional(),
    }),
    examples: [`privet observe monitor rows shop ${'0'.repeat(64)}`],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const [warehouse, result] = [argument({ args }, 0), argument({ args }, 1)];
      const at = pathOf('observe', 'warehouses', warehouse, 'results', result, 'rows');
      const { project, purpose } = options;
      const path = withQuery(at, { project, purpose });
      const shape = z.object({
        decision: z.string(),
        columns: z.array(z.string()),
        rows: z.array(z.array(z.string().nullable())),
      });
      const found = await plane.ask({ method: 'GET', path }, shape);
      const columns = found.columns.map((title, at_) => {
        return { title, cell: (row: readonly (string | null)[]) => row[at_] ?? null };
      });
      const shownRows = listed(() => columns, found.rows, 'none of its columns is shown to you');
      return { ...shownRows, value: found };
    },
  });
}

function addApply(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'apply <path...>',
    summary: 'put monitors from YAML or JSON files in place, all or none',
    details: 'Paths are files, folders, or `-`. The format is docs/formats/monitors.md.',
    flags: [['--prune', 'remove the other monitors of the same warehouses'], PLANE_FLAG],
    options: planeOption.extend({ prune: z.boolean().optional() }),
    examples: ['privet observe monitor apply ./monitors --prune'],
    run: async ({ cli, args, options }) => {
      const texts = await readPolicyTexts(cli.terminal, args);
      const documents = texts.flatMap(({ file, text }) => documentsIn(file, text));
      if (documents.length === 0)
        throw new Problem('invalid', 'expected at least one monitor, got none');
      const plane = await cli.lines().plane(options.plane);
      const body = { documents, prune: options.prune === true };
      const call = { method: 'PUT', path: pathOf('observe', 'monitors'), body } as const;
      const applied = await plane.ask(call, appliedShape);
      return shown(applied, (style) =>
        [
          ...applied.changed.map((name) => `${style.green('✓')} ${printable(name)}\n`),
          ...applied.removed.map((name) => `${style.yellow('−')} ${printable(name)}\n`),
          style.dim(`${applied.unchanged.length} unchanged\n`),
        ].join(''),
      );
    },
  });
}

/** JSON is YAML; a document that is none is named with its line. */
function documentsIn(file: string, text: string): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    const at = error?.linePos?.[0];
    const where = at === undefined ? {} : { where: { file, line: at.line, column: at.col } };
    if (error !== undefined) throw new Problem('invalid', `\`${file}\` is no YAML`, where);
    const value = plainValue(file, document);
    return value === null ? [] : [value];
  });
}

/** Aliases are refused: a few lines of them can stand for gigabytes. */
function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new Problem('invalid', `\`${file}\` expected YAML without aliases`, { cause });
  }
}

function addRun(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'run <name>',
    summary: 'run a monitor now',
    flags: [['--wait', 'wait until it has ended, telling how far it is'], PLANE_FLAG],
    options: planeOption.extend({ wait: z.boolean().optional() }),
    examples: ['privet observe monitor run orders --wait'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('observe', 'monitors', name, 'run');
      const { run } = await plane.ask({ method: 'POST', path }, z.object({ run: z.string() }));
      if (options.wait !== true) return said(`run ${run} waits for its warehouse`, { run });
      const ended = await cli.waiting(`measuring ${printable(name)}`, untilEnded(plane, run));
      if (ended.state === 'done') return said(`run ${run} is done`, ended);
      throw new Problem('unavailable', `run \`${run}\` failed: ${ended.problem ?? 'unknown'}`);
    },
  });
}

async function untilEnded(plane: Line, run: string): Promise<Run> {
  for (;;) {
    const path = withQuery(pathOf('observe', 'runs'), { run });
    const { items } = await plane.ask({ method: 'GET', path }, runsShape);
    const [found] = items;
    if (found !== undefined && (found.state === 'done' || found.state === 'failed')) return found;
    await sleep(LOOK_MS);
  }
}

function addRuns(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'runs',
    summary: 'list runs of the last month and how far they are',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe monitor runs'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const { items } = await plane.ask(
        { method: 'GET', path: pathOf('observe', 'runs') },
        runsShape,
      );
      return listed(
        (style) => [
          { title: 'run', cell: (one: Run) => one.run },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'failed' ? style.red(text) : text),
          },
          { title: 'steps', cell: (one) => `${one.done}/${one.total ?? '?'}`, align: 'right' },
          { title: 'attempt', cell: (one) => one.attempt, align: 'right' },
          { title: 'enqueued', cell: (one) => one.enqueuedAt },
          { title: 'problem', cell: (one) => one.problem },
        ],
        items,
        'nothing ran in the last month',
      );
    },
  });
}

function addList(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'list',
    summary: 'list monitors',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe monitor list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(monitorShape) });
      const { items } = await plane.ask(
        { method: 'GET', path: pathOf('observe', 'monitors') },
        shape,
      );
      return listed(
        (style) => [
          { title: 'monitor', cell: (one: Monitor) => one.name, mark: (text) => style.bold(text) },
          { title: 'table', cell: (one) => `${one.warehouse}: ${one.table}` },
          { title: 'state', cell: (one) => one.state },
          { title: 'schedule', cell: (one) => one.schedule },
          { title: 'metrics', cell: (one) => one.metrics, align: 'right' },
          { title: 'tests', cell: (one) => one.tests, align: 'right' },
          { title: 'last run', cell: (one) => one.lastRun },
        ],
        items,
        'there is no monitor; `privet observe monitor apply` puts some in place',
      );
    },
  });
}

function addShow(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'show <name>',
    summary: 'show a monitor as it was applied',
    flags: [PLANE_FLAG],
    options: planeOption,
    examples: ['privet observe monitor show orders'],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('observe', 'monitors', argument({ args }, 0));
      const shape = monitorShape.extend({ document: z.record(z.string(), z.unknown()) });
      const found = await plane.ask({ method: 'GET', path }, shape);
      return shown(found, () => `${JSON.stringify(found.document, null, 2)}\n`);
    },
  });
}

function addRemove(cli: Cli, monitor: Command): void {
  leaf(cli, monitor, {
    name: 'remove <name>',
    summary: 'remove a monitor; what it measured stays',
    flags: [['--yes', 'do not ask'], PLANE_FLAG],
    options: planeOption.extend({ yes: z.boolean().optional() }),
    examples: ['privet observe monitor remove orders --yes'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      await confirm(cli, `remove monitor ${printable(name)}?`, options.yes === true);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'DELETE', path: pathOf('observe', 'monitors', name) });
      return said(`monitor ${printable(name)} is removed`);
    },
  });
}
