import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, shown } from './output.ts';
import { printable } from './style.ts';
import { confirm } from './usercommand.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];

const keyShape = z.object({
  scope: z.string(),
  version: z.number(),
  provider: z.string(),
  state: z.enum(['newest', 'older']),
  createdAt: z.string(),
});
type Key = z.infer<typeof keyShape>;

/** `privet key …`: the data keys of a plane, by name only. */
export function addKeys(cli: Cli, program: Command): void {
  const key = branch(program, 'key', 'data keys of a plane: list, roll, rewrap, destroy');
  leaf(cli, key, {
    name: 'list',
    summary: 'list data keys by what they are for; no key is ever shown',
    flags: [['--all', 'older versions, too'], PLANE],
    options: z.object({ all: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet key list', 'privet key list --all'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(keyShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('keys') }, shape);
      return listed(
        (style) => [
          { title: 'scope', cell: (one: Key) => one.scope, mark: (text) => style.bold(text) },
          { title: 'version', cell: (one) => one.version, align: 'right' },
          {
            title: 'state',
            cell: (one) => one.state,
            mark: (text, one) => (one.state === 'newest' ? style.green(text) : style.dim(text)),
          },
          { title: 'created', cell: (one) => one.createdAt.slice(0, 19).replace('T', ' ') },
          { title: 'wrapped by', cell: (one) => one.provider },
        ],
        items.filter((one) => options.all || one.state === 'newest'),
        'no key was needed yet: the first masked value makes one',
      );
    },
  });
  leaf(cli, key, {
    name: 'roll <scope>',
    summary: 'make newer keys; older ones still decrypt',
    details:
      'A scope, or its beginning with `*`. Rolling a key of `consistent/` changes every hashed or format-preserved value it\n' +
      'makes from now on: what was joined on old ones no longer meets new ones.',
    flags: [['--yes', 'do not ask'], PLANE],
    options: z.object({ yes: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet key roll "rolling/*"', 'privet key roll consistent/source/src_01… --yes'],
    run: async ({ cli, args, options }) => {
      const pattern = argument({ args }, 0);
      if (pattern.startsWith('consistent/') || pattern.startsWith('*')) {
        const what = `Roll ${pattern}? Masked values made from now on differ from older ones.`;
        await confirm(cli, what, options.yes);
      }
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('keys', 'roll'), body: { pattern } } as const;
      const shape = z.object({
        items: z.array(z.object({ scope: z.string(), version: z.number() })),
      });
      const { items } = await cli.waiting('rolling', plane.ask(call, shape));
      return shown(items, (style) =>
        items
          .map(
            (one) => `${style.green('✓')} ${printable(one.scope)} is at version ${one.version}\n`,
          )
          .join(''),
      );
    },
  });
  addRewrap(cli, key);
  addDestroy(cli, key);
}

const rewrapShape = z.object({
  service: z.string(),
  keys: z.number(),
  waiting: z.number(),
  job: z
    .object({
      state: z.enum(['waiting', 'running', 'retrying', 'done', 'failed']),
      attempt: z.number(),
      done: z.number(),
      total: z.number().nullable(),
      problem: z.string().nullable(),
      startedAt: z.string().nullable(),
      endedAt: z.string().nullable(),
    })
    .nullable(),
});
type Rewrap = z.output<typeof rewrapShape>;

/** Between two looks at a job; a plane wraps some hundred keys a second. */
const LOOK_EVERY_MS = 500;

function addRewrap(cli: Cli, key: Command): void {
  leaf(cli, key, {
    name: 'rewrap',
    summary: 'wrap data keys anew under the key that `keys.service` names now',
    details:
      'After a change of key service: name the former one in `keys.formerServices`,\nstart the plane, run this, and take the former one out when nothing waits any\nmore. Data keys stay the same, so nothing has to be encrypted again. The job\ngoes on when this command ends, and after a stop of the plane.',
    flags: [['--status', 'only say how far it is'], ['--wait', 'stay until it has ended'], PLANE],
    options: z.object({
      status: z.boolean().default(false),
      wait: z.boolean().default(false),
      plane: z.string().optional(),
    }),
    examples: ['privet key rewrap --wait', 'privet key rewrap --status --json'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('keys', 'rewrap');
      const ask = (method: 'GET' | 'POST') => plane.ask({ method, path }, rewrapShape);
      let state = await ask(options.status ? 'GET' : 'POST');
      const ended = async () => {
        while (isUnderWay(state)) {
          await sleep(LOOK_EVERY_MS);
          state = await ask('GET');
        }
      };
      if (options.wait) await cli.waiting('wrapping anew', ended());
      return shown(state, () => rewrapText(state));
    },
  });
}

function isUnderWay({ job }: Rewrap): boolean {
  return job !== null && ['waiting', 'running', 'retrying'].includes(job.state);
}

function rewrapText({ service, keys, waiting, job }: Rewrap): string {
  const wrapped = `${keys - waiting} of ${keys} data keys are wrapped by ${printable(service)}\n`;
  if (job === null) return wrapped;
  const tries = job.attempt > 1 ? `, attempt ${job.attempt}` : '';
  const problem = job.problem === null ? '' : `: ${printable(job.problem)}`;
  return `${wrapped}the last job is ${job.state}${tries}${problem}\n`;
}

function addDestroy(cli: Cli, key: Command): void {
  leaf(cli, key, {
    name: 'destroy <scope>',
    summary: 'destroy every key of one scope for good',
    details:
      'What the scope protected can never be read again, by anybody; the scope never\ngets a key again. Needs permission `governor`. The receipt names the leaf in the\nledger. Backups of the database hold the wrapped key until they are deleted.',
    flags: [['--yes', 'do not ask'], PLANE],
    options: z.object({ yes: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet key destroy rolling/source/src_01…'],
    run: async ({ cli, args, options }) => {
      const scope = argument({ args }, 0);
      const what = `Destroy the keys of ${printable(scope)}? Nothing brings back what they protect.`;
      await confirm(cli, what, options.yes);
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({
        scope: z.string(),
        version: z.number(),
        leaf: z.number(),
        destroyedAt: z.string(),
      });
      const body = { scope, confirmation: scope };
      const call = { method: 'POST', path: pathOf('keys', 'destroy'), body } as const;
      const receipt = await plane.ask(call, shape);
      return shown(
        receipt,
        (style) =>
          `${style.green('✓')} ${printable(scope)} is destroyed, versions to ${receipt.version}; leaf ${receipt.leaf}\n`,
      );
    },
  });
}
