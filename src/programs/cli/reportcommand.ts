import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { renderReport, reportShape } from '#engines/report';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { said } from './output.ts';

/** `privet observe report`. */
export function addReport(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'report',
    summary: 'write everything there is to know into one HTML file that loads nothing',
    details:
      'Names, counts, times and numbers over many rows; no value of a row. It can be mailed, put on a share, or opened offline.',
    flags: [
      ['--out <path>', 'file to write (default: report.html)'],
      ['--days <count>', 'look back so many days (default: 14)'],
    ],
    options: z.object({
      out: z.string().default('report.html'),
      days: z.coerce.number().int().min(1).max(366).default(14),
    }),
    examples: ['privet observe report --out report.html', 'privet observe report --days 30'],
    run: async ({ cli, options }) => {
      const path = withQuery(pathOf('observe', 'report'), { days: options.days });
      const data = await cli.waiting(
        'collecting what there is to know',
        cli.lines().control().ask({ method: 'GET', path }, reportShape),
      );
      const file = resolve(cli.terminal.directory, options.out);
      write(file, renderReport(data, { sha256 }));
      const open = data.incidents.filter((one) => one.state !== 'resolved').length;
      return said(
        `wrote ${options.out}: ${data.health.tables.length} tables, ${open} open incidents`,
        { file, tables: data.health.tables.length, openIncidents: open },
      );
    },
  });
}

function write(file: string, page: string): void {
  try {
    writeFileSync(file, page, { mode: 0o600 });
  } catch (cause) {
    throw new Problem('invalid', `\`${file}\` cannot be written`, { cause });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
