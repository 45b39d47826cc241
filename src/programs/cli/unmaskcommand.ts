import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { EXIT } from './exitcode.ts';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { printable } from './style.ts';

/** Values of one request; each is a leaf in the ledger. */
const VALUES_MAX = 100;

const answerShape = z.object({
  decision: z.string(),
  items: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('value'), value: z.string() }),
      z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
    ]),
  ),
});

/** `privet unmask`: gives values of a reversible mask back, to those policy spares, one ledger leaf a value. */
export function addUnmask(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'unmask <source> <column> [values...]',
    summary: 'give masked values back, where policy shows you the column in clear',
    details:
      'Works for reversible and format-preserving masks. Values come from the command line or, with `-`, one a line from\n' +
      'standard input. Each value is a leaf in the ledger, with your reason.',
    flags: [
      ['--reason <text>', 'why; kept in the ledger'],
      ['--project <project>', 'acting in this project'],
      ['--purpose <purpose>', 'acting under this purpose'],
      ['--key-version <number>', 'key of format-preserving values masked before a roll'],
      ['--plane <name>', 'which plane, when there are several'],
    ],
    options: z.object({
      reason: z.string().min(1),
      project: z.string().optional(),
      purpose: z.string().optional(),
      keyVersion: z.coerce.number().int().min(1).optional(),
      plane: z.string().optional(),
    }),
    examples: [
      'privet unmask demo.clinic.patients ssn 3f0c… --reason "patient asked for her file"',
      'privet unmask demo.clinic.patients ssn - --reason "fraud case 17" < masked.txt',
    ],
    run: async ({ cli, args: [source = '', column = '', ...given], options }) => {
      const values = await valuesOf(cli, given);
      const plane = await cli.lines().plane(options.plane);
      const body = {
        source,
        column,
        values,
        reason: options.reason,
        project: options.project ?? null,
        purpose: options.purpose ?? null,
        keyVersion: options.keyVersion ?? null,
      };
      const call = { method: 'POST', path: pathOf('unmask'), body } as const;
      const answer = await plane.ask(call, answerShape);
      const failed = answer.items.filter((one) => one.kind === 'failed');
      const revealed = answer.items.length - failed.length;
      return {
        value: answer,
        // One line a value, so that they stay beside the masked ones they belong to.
        text: () =>
          answer.items
            .map((one) => `${one.kind === 'value' ? printable(one.value) : ''}\n`)
            .join(''),
        note: (style) =>
          `${style.dim(revealed === 0 ? 'nothing revealed' : `${revealed} revealed, each a leaf in the ledger`)}\n` +
          failed.map((one) => `${style.red('✗')} ${printable(one.message)}\n`).join(''),
        exit: failed.length === 0 ? EXIT.ok : EXIT.no,
      };
    },
  });
}

async function valuesOf(cli: Cli, given: readonly string[]): Promise<readonly string[]> {
  const piped = given.length === 1 && given[0] === '-';
  const lines = piped ? (await cli.terminal.input()).split(/\r?\n/u) : given;
  const values = lines.filter((line) => line !== '');
  if (values.length >= 1 && values.length <= VALUES_MAX) return values;
  throw new Problem('invalid', `expected 1 to ${VALUES_MAX} values, got ${values.length}`);
}
