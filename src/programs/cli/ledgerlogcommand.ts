import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { shown } from './output.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const options = z.object({ plane: z.string().optional() });

const logShape = z.object({
  vkey: z.string(),
  size: z.number(),
  signedAt: z.string().nullable(),
  witnesses: z.array(z.string()),
  checkpoint: z.string().nullable(),
});

/** `privet ledger key`, `checkpoint` and `proof`: the ledger as a log that others can check. */
export function addLog(cli: Cli, ledger: Command): void {
  const shownLog = async (plane: string | undefined) => {
    const line = await cli.lines().plane(plane);
    return line.ask({ method: 'GET', path: pathOf('ledger', 'log') }, logShape);
  };
  leaf(cli, ledger, {
    name: 'key',
    summary: 'print the public key of the log, for policies of witnesses and auditors',
    flags: [PLANE],
    options,
    examples: ['privet ledger key', 'echo "log $(privet ledger key)" >> policy'],
    run: async ({ options: { plane } }) => {
      const { vkey } = await shownLog(plane);
      return shown({ vkey }, () => `${vkey}\n`);
    },
  });
  leaf(cli, ledger, {
    name: 'checkpoint',
    summary: 'print the newest checkpoint, with its signatures, to be kept elsewhere',
    flags: [PLANE],
    options,
    examples: ['privet ledger checkpoint > 2026-11.checkpoint'],
    run: async ({ options: { plane } }) => {
      const log = await shownLog(plane);
      const { checkpoint } = log;
      if (checkpoint === null) {
        throw new Problem('not-found', 'the log has no checkpoint yet', {
          hint: 'one comes within seconds; if not, see the log of the plane: are its witnesses there?',
        });
      }
      return shown(log, () => checkpoint);
    },
  });
  leaf(cli, ledger, {
    name: 'proof <index>',
    summary: 'print the proof that a leaf is in the log, to be checked offline',
    flags: [PLANE],
    options,
    examples: ['privet ledger proof 4711 > 4711.tlog-proof'],
    run: async (call) => {
      const line = await cli.lines().plane(call.options.plane);
      const path = pathOf('ledger', 'leaves', argument(call, 0), 'proof');
      const answer = await line.ask({ method: 'GET', path }, z.object({ proof: z.string() }));
      return shown(answer, () => answer.proof);
    },
  });
}
