import type { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from './exitcode.ts';
import { branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { addLog } from './ledgerlogcommand.ts';
import { addExport } from './ledgerexportcommand.ts';
import { idOf, namesOf, storedShape } from './ledgerleaf.ts';
import type { StoredLeaf } from './ledgerleaf.ts';
import { addSearch } from './ledgersearchcommand.ts';
import { leafText } from './leaftext.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];

const pageShape = z.object({ items: z.array(storedShape) });

const verdictShape = z.looseObject({
  kind: z.enum(['intact', 'broken']),
  checked: z.number(),
  index: z.number().nullable(),
  fault: z.string().nullable(),
  head: z.object({ size: z.number(), chain: z.string() }).nullable(),
});

/** What is wrong with the first leaf that is, after its number. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['missing', 'is missing'],
  ['entry', 'was changed: its text does not give its hash'],
  ['leaf-hash', 'was changed: its text does not give its hash'],
  ['chain', 'does not go on the chain before it'],
  ['details', 'has details that its text does not commit to'],
  ['cut-off', 'and what came after it were cut off: a head kept elsewhere is further on'],
  ['head', 'was rewritten: a head kept elsewhere has another chain there'],
]);

/** A follower lets the plane wait this long for the next leaf before it asks again. */
const FOLLOW_SECONDS = 20;

const LEAVES = pathOf('ledger', 'leaves');

/** `privet ledger …`: what happened at a plane, in order, and the proof that nothing was changed. */
export function addLedger(cli: Cli, program: Command): void {
  const ledger = branch(program, 'ledger', 'what happened at a plane, in a hash chain');
  addTail(cli, ledger);
  addSearch(cli, ledger);
  addVerify(cli, ledger);
  addExport(cli, ledger);
  addLog(cli, ledger);
}

function addTail(cli: Cli, ledger: Command): void {
  leaf(cli, ledger, {
    name: 'tail',
    summary: 'show the newest leaves, oldest of them first',
    flags: [
      ['-n, --lines <count>', 'how many (default: 20)'],
      ['-f, --follow', 'go on showing new ones until Ctrl-C'],
      ['--kind <kind>', 'only this kind, such as query, login, unmask or admin-act', 'many'],
      ['--user <name>', 'only of this person'],
      PLANE,
    ],
    options: z.object({
      lines: z.coerce.number().int().min(1).max(1_000).default(20),
      follow: z.boolean().default(false),
      kind: z.array(z.string()).optional(),
      user: z.string().optional(),
      plane: z.string().optional(),
    }),
    examples: [
      'privet ledger tail',
      'privet ledger tail -f --kind query',
      'privet ledger tail -n 100 --json',
    ],
    run: async ({ cli, options }) => {
      const lines = cli.lines();
      const names = await namesOf(lines.control());
      const plane = await lines.plane(options.plane);
      const actor = options.user === undefined ? undefined : idOf(names, options.user);
      const filter = { kinds: options.kind?.join(','), actor };
      const path = withQuery(LEAVES, { ...filter, limit: options.lines });
      const { items } = await plane.ask({ method: 'GET', path }, pageShape);
      const newest = items.toSorted((left, right) => left.index - right.index);
      const words = { names, style: cli.terminal.outStyle };
      if (!options.follow) {
        return {
          value: newest,
          text: () =>
            newest.length === 0
              ? 'no leaf is like that\n'
              : newest.map((one) => leafText(one, words)).join(''),
        };
      }
      for (const one of newest) cli.terminal.out(leafText(one, words));
      const from = (newest.at(-1)?.index ?? -1) + 1;
      await follow(from, {
        next: (next) => {
          const wait = { from: next, limit: 1_000, waitSeconds: FOLLOW_SECONDS };
          const more = withQuery(LEAVES, { ...filter, ...wait });
          return plane.ask({ method: 'GET', path: more }, pageShape);
        },
        print: (one) => cli.terminal.out(leafText(one, words)),
      });
      return { value: null, text: () => '' };
    },
  });
}

type Following = {
  readonly next: (from: number) => Promise<z.infer<typeof pageShape>>;
  readonly print: (leaf: StoredLeaf) => void;
};

/** Until Ctrl-C, or until the plane no longer takes the identity token. */
async function follow(from: number, following: Following): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let next = from;
  while (!stop.signal.aborted) {
    const { items } = await following.next(next);
    for (const one of items) following.print(one);
    next = (items.at(-1)?.index ?? next - 1) + 1;
  }
}

function addVerify(cli: Cli, ledger: Command): void {
  leaf(cli, ledger, {
    name: 'verify',
    summary: 'recompute the hash chain; exit code 5 when a leaf was changed, removed or cut off',
    flags: [
      ['--from <index>', 'begin at this leaf, and take the chain before it as it stands'],
      PLANE,
    ],
    options: z.object({
      from: z.coerce.number().int().min(0).default(0),
      plane: z.string().optional(),
    }),
    examples: ['privet ledger verify', 'privet ledger verify --from 100000 --json'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const call = {
        method: 'POST',
        path: pathOf('ledger', 'verify'),
        body: { from: options.from },
        timeoutMs: 15 * 60_000,
      } as const;
      const verdict = await cli.waiting('recomputing the chain', plane.ask(call, verdictShape));
      const intact = verdict.kind === 'intact';
      return {
        value: verdict,
        text: (style) =>
          intact
            ? `${style.green('✓')} ${verdict.checked} leaves are intact; the chain ends at ${verdict.head?.size ?? 0} with\n  ${verdict.head?.chain ?? ''}\n`
            : `${style.red('✗')} leaf ${verdict.index ?? 0} ${FAULTS.get(verdict.fault ?? '') ?? 'is wrong'}, after ${verdict.checked} that are intact\n` +
              '  stop the plane, keep its database as it is, and compare with a back-up\n',
        exit: intact ? EXIT.ok : EXIT.no,
      };
    },
  });
}
