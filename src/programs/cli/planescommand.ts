import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said } from './output.ts';
import type { Output } from './output.ts';

const planeShape = z.object({
  name: z.string(),
  region: z.string(),
  url: z.string(),
  state: z.enum(['active', 'disabled']),
  enrolledAt: z.string(),
  seenAt: z.string().nullable(),
  bundleSerial: z.number(),
  actsWaiting: z.number(),
  certificate: z.string().nullable(),
});
type Plane = z.infer<typeof planeShape>;

const tokenShape = z.object({ name: z.string(), token: z.string() });

const TOKEN_FILE = [
  '--token-file <file>',
  'write the token into this file (0600) instead of showing it',
] as const;

/** `privet planes …`: the data planes this control plane serves. */
export function addPlanes(cli: Cli, program: Command): void {
  const planes = branch(program, 'planes', 'data planes: enrol, look, shut out');
  addList(cli, planes);
  leaf(cli, planes, {
    name: 'enrol <name>',
    summary: 'enrol a data plane; its token is shown once',
    details: 'Put the token into a file and name it in the plane’s setting `plane.tokenFile`.',
    flags: [
      ['--url <url>', 'address where people’s browsers and this command line reach the plane'],
      ['--region <region>', 'where it is, for people'],
      TOKEN_FILE,
    ],
    options: z.object({
      url: z.string(),
      region: z.string().optional(),
      tokenFile: z.string().optional(),
    }),
    examples: [
      'privet planes enrol frankfurt --url https://plane.example:7081 --token-file ./token',
    ],
    run: async ({ cli, args, options }) => {
      const { tokenFile, ...rest } = options;
      const body = { name: argument({ args }, 0), ...rest };
      const call = { method: 'POST', path: pathOf('planes'), body } as const;
      const made = await cli.lines().control().ask(call, tokenShape);
      return tokenOutput(cli, made, tokenFile);
    },
  });
  leaf(cli, planes, {
    name: 'roll <name>',
    summary: 'give a plane a new token; the old one stops working at once',
    flags: [TOKEN_FILE],
    options: z.object({ tokenFile: z.string().optional() }),
    examples: ['privet planes roll frankfurt --token-file ./token'],
    run: async ({ cli, args, options }) => {
      const path = pathOf('planes', argument({ args }, 0), 'token');
      const made = await cli.lines().control().ask({ method: 'POST', path }, tokenShape);
      return tokenOutput(cli, made, options.tokenFile);
    },
  });
  for (const [verb, state, done] of [
    ['disable', 'disabled', 'is shut out; it decides from its last bundle until that is too old'],
    ['enable', 'active', 'is let in again'],
  ] as const) {
    leaf(cli, planes, {
      name: `${verb} <name>`,
      summary: verb === 'disable' ? 'shut a plane out' : 'let a plane in again',
      examples: [`privet planes ${verb} frankfurt`],
      run: async ({ cli, args }) => {
        const name = argument({ args }, 0);
        const call = { method: 'PATCH', path: pathOf('planes', name), body: { state } } as const;
        return said(`${name} ${done}`, await cli.lines().control().ask(call, planeShape));
      },
    });
  }
}

function addList(cli: Cli, planes: Command): void {
  leaf(cli, planes, {
    name: 'list',
    summary: 'list data planes',
    examples: ['privet planes list'],
    run: async ({ cli }) => {
      const shape = z.object({ items: z.array(planeShape) });
      const call = { method: 'GET', path: pathOf('planes') } as const;
      const { items } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          { title: 'plane', cell: (one: Plane) => one.name, mark: (text) => style.bold(text) },
          { title: 'state', cell: (one) => one.state },
          { title: 'address', cell: (one) => one.url },
          { title: 'region', cell: (one) => one.region },
          { title: 'seen', cell: (one) => one.seenAt?.slice(0, 19).replace('T', ' ') ?? 'never' },
          { title: 'bundle', cell: (one) => one.bundleSerial, align: 'right' },
          { title: 'certificate', cell: (one) => one.certificate?.slice(0, 16) ?? null },
          { title: 'acts waiting', cell: (one) => one.actsWaiting, align: 'right' },
        ],
        items,
        'no plane is enrolled; `privet planes enrol` does that',
      );
    },
  });
}

function tokenOutput(cli: Cli, made: z.infer<typeof tokenShape>, file: string | undefined): Output {
  if (file === undefined) {
    return {
      value: made,
      text: () => `${made.token}\n`,
      note: (style) => `${style.dim(`token of plane ${made.name}; it is not shown again`)}\n`,
    };
  }
  const path = resolve(cli.terminal.directory, file);
  try {
    writeFileSync(path, `${made.token}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new Problem('invalid', `\`${path}\` cannot be written, and the token is lost`, {
      hint: `make another: \`privet planes roll ${made.name}\``,
      cause,
    });
  }
  return said(`wrote the token of plane ${made.name} to ${path}`, { name: made.name, path });
}
