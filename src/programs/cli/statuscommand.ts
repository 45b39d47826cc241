import type { Command } from 'commander';
import { z } from 'zod';
import { problemFrom } from '#base/problem';
import { EXIT } from './exitcode.ts';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import type { Line, Lines } from './line.ts';
import type { Style } from './style.ts';
import { printable } from './style.ts';
import { pairs, table } from './table.ts';

const planeShape = z.object({
  name: z.string(),
  url: z.string(),
  state: z.string(),
  seenAt: z.string().nullable(),
  bundleSerial: z.number(),
});

const healthShape = z.object({
  items: z.array(
    z.object({
      plane: z.string(),
      component: z.string(),
      system: z.string().nullable(),
      state: z.enum(['ok', 'degraded', 'down']),
      code: z.string(),
      at: z.string(),
    }),
  ),
  heartbeats: z.array(
    z.object({
      plane: z.string(),
      at: z.string(),
      bundleState: z.string(),
      ledgerSize: z.number(),
      outboxWaiting: z.number(),
      connections: z.number(),
    }),
  ),
});
type Health = z.infer<typeof healthShape>;

type Answered = 'ready' | 'not ready' | 'unreachable';
type PlaneStatus = z.infer<typeof planeShape> & { readonly answers: Answered };

/** `privet status`: what runs, and how it is. */
export function addStatus(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'status',
    summary: 'say what runs and how it is; exit code 3 when something does not answer',
    examples: ['privet status', 'privet status --json'],
    run: async ({ cli }) => {
      const lines = cli.lines();
      const open = lines.open();
      const control = await cli.waiting('asking control', readiness(open));
      const who = control === 'unreachable' ? null : await signedIn(lines);
      const planes = who === null ? [] : await cli.waiting('asking the planes', planesOf(lines));
      const health = who === null ? null : await healthOf(lines);
      const well = control === 'ready' && planes.every((plane) => plane.answers === 'ready');
      const value = {
        control: { url: open.url, answers: control },
        signedInAs: who,
        planes,
        health,
      };
      return {
        value,
        text: (style) => statusText(value, style),
        exit: well ? EXIT.ok : EXIT.unavailable,
      };
    },
  });
}

async function readiness(line: Line): Promise<Answered> {
  try {
    await line.tell({ method: 'GET', path: '/readyz', timeoutMs: 5_000 });
    return 'ready';
  } catch (thrown) {
    return /cannot be reached|no answer|certificate/u.test(problemFrom(thrown).message)
      ? 'unreachable'
      : 'not ready';
  }
}

async function signedIn(lines: Lines): Promise<string | null> {
  try {
    const call = { method: 'GET', path: pathOf('session') } as const;
    return (await lines.control().ask(call, z.object({ name: z.string() }))).name;
  } catch {
    return null;
  }
}

async function planesOf(lines: Lines): Promise<readonly PlaneStatus[]> {
  const shape = z.object({ items: z.array(planeShape) });
  const { items } = await lines.control().ask({ method: 'GET', path: pathOf('planes') }, shape);
  return Promise.all(
    items.map(async (plane) => ({
      ...plane,
      answers: await readiness(lines.open({ url: plane.url })),
    })),
  );
}

/** How parts are is for some permissions only; others see what answers. */
async function healthOf(lines: Lines): Promise<Health | null> {
  try {
    return await lines.control().ask({ method: 'GET', path: pathOf('health') }, healthShape);
  } catch {
    return null;
  }
}

type Status = {
  readonly control: { readonly url: string; readonly answers: Answered };
  readonly signedInAs: string | null;
  readonly planes: readonly PlaneStatus[];
  readonly health: Health | null;
};

function statusText(status: Status, style: Style): string {
  const { control, signedInAs, planes, health } = status;
  const head = pairs(
    [
      ['control', `${control.url} ${marked(control.answers, style)}`],
      ['signed in', signedInText(control.answers, signedInAs)],
    ],
    style,
  );
  if (planes.length === 0) return head;
  const beats = new Map(health?.heartbeats.map((beat) => [beat.plane, beat]));
  const list = table<PlaneStatus>(
    [
      { title: 'plane', cell: (one) => one.name, mark: (text) => style.bold(text) },
      {
        title: 'answers',
        cell: (one) => one.answers,
        mark: (text, one) => marked(one.answers, style, text),
      },
      { title: 'address', cell: (one) => one.url },
      { title: 'seen', cell: (one) => one.seenAt?.slice(0, 19).replace('T', ' ') ?? 'never' },
      { title: 'bundle', cell: (one) => one.bundleSerial, align: 'right' },
      { title: 'is', cell: (one) => beats.get(one.name)?.bundleState ?? null },
      { title: 'ledger', cell: (one) => beats.get(one.name)?.ledgerSize ?? null, align: 'right' },
      {
        title: 'connections',
        cell: (one) => beats.get(one.name)?.connections ?? null,
        align: 'right',
      },
    ],
    planes,
    { style, none: 'no planes' },
  );
  const sick = (health?.items ?? []).filter((item) => item.state !== 'ok');
  const trouble = sick.map(
    (item) =>
      `${style.yellow('!')} ${printable(`${item.plane}: ${item.component} ${item.system ?? ''} is ${item.state} (${item.code})`)}\n`,
  );
  return `${head}\n${list}${trouble.join('')}`;
}

function signedInText(answers: Answered, name: string | null): string {
  if (name !== null) return printable(name);
  return answers === 'ready' ? 'no: `privet login`' : 'unknown';
}

function marked(answers: Answered, style: Style, text: string = answers): string {
  if (answers === 'ready') return style.green(text);
  return answers === 'unreachable' ? style.red(text) : style.yellow(text);
}
