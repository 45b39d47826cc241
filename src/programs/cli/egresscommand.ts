import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { leafText } from './leaftext.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const ofPlane = z.object({ plane: z.string().optional() });

const ruleShape = z.object({
  id: z.string(),
  origin: z.enum(['person', 'system', 'settings']),
  workload: z.string(),
  host: z.string(),
  port: z.number(),
  purpose: z.string(),
  networks: z.array(z.string()),
  expiresAt: z.string().nullable(),
});
type Rule = z.infer<typeof ruleShape>;

const connectionShape = z.object({
  id: z.string(),
  workload: z.string(),
  host: z.string(),
  port: z.number(),
  purpose: z.string(),
  address: z.string().nullable(),
  openedAt: z.string(),
  bytesOut: z.number(),
  bytesIn: z.number(),
});
type Connection = z.infer<typeof connectionShape>;

/** `privet egress …`: the ways out of a plane. */
export function addEgress(cli: Cli, program: Command): void {
  const egress = branch(program, 'egress', 'ways out of a plane: rules, what left, workloads');
  addRules(cli, egress);
  addAdd(cli, egress);
  leaf(cli, egress, {
    name: 'remove <rule>',
    summary: 'close a way out, with the connections that use it',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress remove egr_01k…'],
    run: async ({ cli, args, options }) => {
      const rule = argument({ args }, 0);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'DELETE', path: pathOf('egress', 'rules', rule) });
      return said(`closed ${printable(rule)}`, { removed: rule });
    },
  });
  addOpen(cli, egress);
  addLog(cli, egress);
  addWorkloads(cli, egress);
}

function addRules(cli: Cli, egress: Command): void {
  leaf(cli, egress, {
    name: 'rules',
    summary: 'list the ways out',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress rules', 'privet egress rules --json'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(ruleShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('egress', 'rules') }, shape);
      return listed(
        (style) => [
          {
            title: 'workload',
            cell: (one: Rule) => one.workload,
            mark: (text) => style.bold(text),
          },
          { title: 'host', cell: (one) => one.host },
          { title: 'port', cell: (one) => one.port, align: 'right' },
          { title: 'purpose', cell: (one) => one.purpose },
          { title: 'inside', cell: (one) => one.networks.join(' ') },
          { title: 'until', cell: (one) => minuteOf(one.expiresAt) },
          { title: 'by', cell: (one) => one.origin },
          { title: 'rule', cell: (one) => one.id, mark: (text) => style.dim(text) },
        ],
        items,
        'no way out: nothing can be reached',
      );
    },
  });
}

function addAdd(cli: Cli, egress: Command): void {
  leaf(cli, egress, {
    name: 'add <workload> <host>',
    summary: 'open a way out',
    details:
      'A host is a name, `*.` and a domain, an address or a range of addresses. A name may be at public addresses only, unless\n' +
      '--network says where else: `private`, `loopback`, or ranges.',
    flags: [
      ['--port <port>', 'port (default: 443)'],
      ['--purpose <word>', 'why'],
      ['--network <range>', 'where inside the network the name may be', 'many'],
      ['--for <hours>', 'close it by itself after so many hours'],
      PLANE,
    ],
    options: z.object({
      port: z.coerce.number().int().min(1).max(65_535).default(443),
      purpose: z.string(),
      network: z.array(z.string()).optional(),
      for: z.coerce.number().positive().max(87_600).optional(),
      plane: z.string().optional(),
    }),
    examples: [
      'privet egress add billing api.example.com --purpose invoices',
      'privet egress add reports minio.example.com --port 9000 --purpose export --network 10.20.0.0/16 --for 48',
    ],
    run: async ({ cli, args, options }) => {
      const { port, purpose, network: networks = [] } = options;
      const [workload, host] = [argument({ args }, 0), argument({ args }, 1)];
      const expiresAt =
        options.for === undefined
          ? null
          : new Date(Date.now() + options.for * 3_600_000).toISOString();
      const body = { workload, host, port, purpose, networks, expiresAt };
      const plane = await cli.lines().plane(options.plane);
      const call = { method: 'POST', path: pathOf('egress', 'rules'), body } as const;
      const { id } = await plane.ask(call, z.object({ id: z.string() }));
      return said(`${printable(workload)} may reach ${printable(host)} port ${port} (${id})`, {
        ...body,
        id,
      });
    },
  });
}

function addOpen(cli: Cli, egress: Command): void {
  leaf(cli, egress, {
    name: 'open',
    summary: 'list what the plane has open now',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress open'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(connectionShape) });
      const path = pathOf('egress', 'connections');
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          {
            title: 'workload',
            cell: (one: Connection) => one.workload,
            mark: (text) => style.bold(text),
          },
          { title: 'host', cell: (one) => one.host },
          { title: 'port', cell: (one) => one.port, align: 'right' },
          { title: 'address', cell: (one) => one.address },
          { title: 'since', cell: (one) => minuteOf(one.openedAt) },
          { title: 'bytes out', cell: (one) => one.bytesOut, align: 'right' },
          { title: 'bytes in', cell: (one) => one.bytesIn, align: 'right' },
        ],
        items,
        'nothing is open',
      );
    },
  });
}

const LEAVES = ['opened', 'continues', 'closed', 'refused', 'rule-added', 'rule-removed'];

function addLog(cli: Cli, egress: Command): void {
  leaf(cli, egress, {
    name: 'log',
    summary: 'show what left and what was refused, from the ledger',
    details:
      'A refused name that no rule has is in the ledger as a digest only, for a workload could write a value into a name:\n' +
      '--host finds the leaves about one name you know.',
    flags: [
      ['-n, --lines <count>', 'how many to look at (default: 50)'],
      ['--refused', 'only what was refused'],
      ['--host <name>', 'only about this host'],
      PLANE,
    ],
    options: z.object({
      lines: z.coerce.number().int().min(1).max(1_000).default(50),
      refused: z.boolean().default(false),
      host: z.string().optional(),
      plane: z.string().optional(),
    }),
    examples: ['privet egress log', 'privet egress log --refused --host evil.example'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const kinds = (options.refused ? ['refused'] : LEAVES).map((kind) => `egress-${kind}`);
      const path = withQuery(pathOf('ledger', 'leaves'), {
        kinds: kinds.join(','),
        limit: options.lines,
      });
      const { items } = await plane.ask({ method: 'GET', path }, pageShape);
      const found = items
        .toSorted((left, right) => left.index - right.index)
        .filter(({ leaf: one }) => isAbout(one, options.host));
      const words = { names: new Map<string, string>(), style: cli.terminal.outStyle };
      return shown(found, () =>
        found.length === 0
          ? 'no leaf is like that\n'
          : found.map((one) => leafText(one, words)).join(''),
      );
    },
  });
}

const leafShape = z.looseObject({ kind: z.string(), time: z.number() });
const pageShape = z.object({
  items: z.array(
    z
      .object({ index: z.number(), entry: z.string() })
      .transform(({ index, entry }) => ({ index, leaf: leafShape.parse(JSON.parse(entry)) })),
  ),
});

function isAbout(one: z.infer<typeof leafShape>, host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.toLowerCase();
  const digest = createHash('sha256').update(name).digest('hex');
  return one['host'] === name || one['hostDigest'] === digest;
}

function addWorkloads(cli: Cli, egress: Command): void {
  const workload = branch(egress, 'workload', 'who may use the forward proxy: list, add, remove');
  leaf(cli, workload, {
    name: 'list',
    summary: 'list the workloads',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress workload list'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({
        items: z.array(z.object({ name: z.string(), addedAt: z.string() })),
      });
      const path = pathOf('egress', 'workloads');
      const { items } = await plane.ask({ method: 'GET', path }, shape);
      return listed(
        (style) => [
          {
            title: 'workload',
            cell: (one: { name: string; addedAt: string }) => one.name,
            mark: (text) => style.bold(text),
          },
          { title: 'since', cell: (one) => minuteOf(one.addedAt) },
        ],
        items,
        'no workload may use the proxy',
      );
    },
  });
  leaf(cli, workload, {
    name: 'add <name>',
    summary: 'let a workload use the proxy; its token is shown once',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress workload add billing > ./token'],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const body = { name: argument({ args }, 0) };
      const call = { method: 'POST', path: pathOf('egress', 'workloads'), body } as const;
      const made = await plane.ask(call, z.object({ name: z.string(), token: z.string() }));
      return {
        value: made,
        text: () => `${made.token}\n`,
        note: (style) =>
          `${style.dim(`token of ${printable(made.name)}; it is not shown again`)}\n`,
      };
    },
  });
  leaf(cli, workload, {
    name: 'remove <name>',
    summary: 'take a workload’s token away',
    flags: [PLANE],
    options: ofPlane,
    examples: ['privet egress workload remove billing'],
    run: async ({ cli, args, options }) => {
      const name = argument({ args }, 0);
      const plane = await cli.lines().plane(options.plane);
      await plane.tell({ method: 'DELETE', path: pathOf('egress', 'workloads', name) });
      return said(`${printable(name)} may not use the proxy any more`, { removed: name });
    },
  });
}

function minuteOf(moment: string | null): string | null {
  return moment?.slice(0, 16).replace('T', ' ') ?? null;
}
