import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { idOf, namesOf, storedShape } from './ledgerleaf.ts';
import type { StoredLeaf } from './ledgerleaf.ts';
import { leafText } from './leaftext.ts';
import { pathOf, withQuery } from './line.ts';
import type { Line } from './line.ts';
import { shown } from './output.ts';

const FLAGS: readonly Flag[] = [
  ['--kind <kind>', 'only this kind, such as query, login, unmask or admin-act', 'many'],
  ['--user <name>', 'only what this person did'],
  ['--about <name>', 'only about this source, system, vault, key or host, by name or id'],
  ['--since <time>', 'only from then on: 2026-11-28, 2026-11-28T09:00:00Z or 7d'],
  ['--until <time>', 'only before then'],
  ['-n, --lines <count>', 'how many at most (default: 100)'],
  ['--plane <name>', 'which plane, when there are several'],
];

const pageShape = z.object({ items: z.array(storedShape), next: z.number().nullable() });

/** `privet ledger search`: leaves by what they say. */
export function addSearch(cli: Cli, ledger: Command): void {
  leaf(cli, ledger, {
    name: 'search [text]',
    summary: 'find leaves by kind, person, what they are about, time or a text in them',
    details:
      'Newest last. Times without a zone are UTC. A search without matches looks through the whole ledger, some hundred thousand leaves a second.',
    flags: FLAGS,
    options: z.object({
      kind: z.array(z.string()).optional(),
      user: z.string().optional(),
      about: z.string().optional(),
      since: z.string().optional(),
      until: z.string().optional(),
      lines: z.coerce.number().int().min(1).max(10_000).default(100),
      plane: z.string().optional(),
    }),
    examples: [
      'privet ledger search --user ada --since 7d',
      'privet ledger search --about clinic.public.patient --kind query --kind unmask',
      'privet ledger search "case 4711" --json',
    ],
    run: async ({ cli, args, options }) => {
      const lines = cli.lines();
      const names = await namesOf(lines.control());
      const plane = await lines.plane(options.plane);
      const { user, about, kind } = options;
      const query = {
        text: args[0],
        kinds: kind?.join(','),
        actor: user === undefined ? undefined : idOf(names, user),
        about: about === undefined ? undefined : idOf(names, about),
        since: momentOf(options.since, '--since'),
        until: momentOf(options.until, '--until'),
      };
      const looking = search(plane, query, options.lines);
      const found = (await cli.waiting('looking through the ledger', looking)).toReversed();
      const words = { names, style: cli.terminal.outStyle };
      const none = 'no leaf is like that\n';
      return shown(found, () => found.map((one) => leafText(one, words)).join('') || none);
    },
  });
}

async function search(
  plane: Line,
  query: Readonly<Record<string, string | undefined>>,
  countMax: number,
): Promise<readonly StoredLeaf[]> {
  const found: StoredLeaf[] = [];
  let before: number | null | undefined;
  while (before !== null && found.length < countMax) {
    const limit = Math.min(1_000, countMax - found.length);
    const path = withQuery(pathOf('ledger', 'search'), { ...query, limit, before });
    const page = await plane.ask({ method: 'GET', path }, pageShape);
    found.push(...page.items);
    before = page.next;
  }
  return found;
}

const AGO = /^(?<count>\d{1,5})(?<unit>[mhd])$/u;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function momentOf(text: string | undefined, flag: string): string | undefined {
  if (text === undefined) return undefined;
  const ago = AGO.exec(text)?.groups;
  const zoned = /^\d{4}-\d\d-\d\dT[\d:.]+$/u.test(text) ? `${text}Z` : text;
  const ms =
    ago === undefined
      ? Date.parse(zoned)
      : Date.now() - Number(ago['count']) * (UNIT_MS[ago['unit'] ?? ''] ?? 0);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new Problem('invalid', `\`${flag}\` expected a time, got \`${text}\``, {
    hint: 'such as `2026-11-28`, `2026-11-28T09:00:00Z`, or `90m`, `12h`, `7d` for so long ago',
  });
}
