import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { unreadable } from './unreadable.ts';
import { fieldsTable } from './vaultfields.ts';
import { headersOf, openVaultLine, PLANE, planeOptions } from './vaultline.ts';
import { reasons, REASONS, redaction, REDACTION, vaultPath } from './vaultline.ts';

const answerShape = z.object({
  records: z.array(z.object({ fields: z.record(z.string(), z.unknown()) })),
});

/** `privet vault query`: SQL over what policy shows of a vault. */
export function addVaultQuery(cli: Cli, vault: Command): void {
  leaf(cli, vault, {
    name: 'query <vault> [sql]',
    summary: 'ask one SELECT of a vault, over what policy shows of it',
    details:
      'SQL is PostgreSQL’s, with REDACTION(column, level). Without it on the command line, which every user of the machine can\n' +
      'read, it comes from a file or standard input: where it names somebody, it belongs there.',
    flags: [
      REDACTION,
      ['--file <file>', 'file with the SQL; standard input when there is none'],
      ...REASONS,
      PLANE,
    ],
    options: planeOptions.extend({ redaction, file: z.string().optional(), ...reasons }),
    examples: [
      'privet vault query crm "SELECT region, count(*) FROM persons GROUP BY region"',
      'privet vault query crm --file ./who.sql --redaction PLAIN_TEXT --purpose support --json',
    ],
    run: async (call) => {
      const { options } = call;
      const query = call.args[1] ?? (await textOf(call.cli, options.file));
      const { plane, vault: id } = await openVaultLine(call);
      const path = vaultPath('vaults', id, 'query');
      const body = { query, redaction: options.redaction };
      const ask = { method: 'POST', path, body, headers: headersOf(options) } as const;
      const rows = (await plane.ask(ask, answerShape)).records.map(({ fields }) => fields);
      return fieldsTable(rows, 'no rows');
    },
  });
}

async function textOf(cli: Cli, file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') return cli.terminal.input();
  try {
    return readFileSync(resolve(cli.terminal.directory, file), 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
