import type { Command } from 'commander';
import { z } from 'zod';
import { describeRight, roleReportShape } from '#platform/db';
import type { RoleReport } from '#platform/db';
import { EXIT } from './exitcode.ts';
import { leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { findingShape, findingsText } from './systemshape.ts';

const controlShape = z.object({ database: roleReportShape });
const planeShape = z.object({
  database: roleReportShape,
  parts: z.array(z.object({ part: z.string(), database: roleReportShape })),
  systems: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      gateRole: z.string().nullable(),
      findings: z.array(findingShape),
    }),
  ),
});

type Examined = {
  readonly control: z.infer<typeof controlShape>;
  readonly planes: readonly (z.infer<typeof planeShape> & { readonly name: string })[];
};

/** `privet doctor`: whether every role can do what it needs, and nothing else. */
export function addDoctor(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'doctor',
    summary: 'look for rights that nobody needs; exit code 5 when a role has some',
    details:
      'Asks each database server, as the role in question, what that role can do: the role of the control plane, that of each\n' +
      'plane, and those registered for each system. With each right comes the statement that takes it away.',
    flags: [['--grants', 'rights of database roles; so far there is nothing else to look at']],
    options: z.object({ grants: z.boolean().optional() }),
    examples: ['privet doctor --grants', 'privet doctor --grants --json'],
    run: async ({ cli }) => {
      const lines = cli.lines();
      const ask = { method: 'GET', path: pathOf('doctor') } as const;
      const control = await cli.waiting('asking control', lines.control().ask(ask, controlShape));
      const known = z.object({ items: z.array(z.object({ name: z.string() })) });
      const { items } = await lines.control().ask({ method: 'GET', path: pathOf('planes') }, known);
      const planes = await cli.waiting(
        'asking the planes',
        Promise.all(
          items.map(async ({ name }) => {
            const plane = await lines.plane(name);
            return { name, ...(await plane.ask(ask, planeShape)) };
          }),
        ),
      );
      const examined: Examined = { control, planes };
      return {
        value: examined,
        text: (style) => examinedText(examined, style),
        exit: isWell(examined) ? EXIT.ok : EXIT.no,
      };
    },
  });
}

function isWell({ control, planes }: Examined): boolean {
  const databases = [
    control.database,
    ...planes.flatMap(({ database, parts }) => [database, ...parts.map((one) => one.database)]),
  ];
  const findings = planes.flatMap(({ systems }) => systems.flatMap((system) => system.findings));
  return databases.every(({ blocking }) => blocking.length === 0) && findings.length === 0;
}

function examinedText({ control, planes }: Examined, style: Style): string {
  return [
    databaseText('control', control.database, style),
    ...planes.flatMap(({ name, database, parts, systems }) => [
      databaseText(`plane ${name}`, database, style),
      ...parts.map(({ part, database: one }) => databaseText(`${part} of ${name}`, one, style)),
      ...systems.map((system) => {
        const roles = [system.role, ...(system.gateRole === null ? [] : [system.gateRole])];
        const head = `system ${system.name}: ${roles.join(', ')}`;
        const findings = findingsText(system.findings, style);
        return `${headText(head, system.findings.length === 0, style)}${findings}`;
      }),
    ]),
  ].join('');
}

function databaseText(who: string, report: RoleReport, style: Style): string {
  const { role, database, blocking, warnings } = report;
  const listed = [
    ...blocking.map((right) => [style.red('✗'), right] as const),
    ...warnings.map((right) => [style.yellow('!'), right] as const),
  ].map(
    ([sign, right]) =>
      `${sign} ${printable(describeRight(right))}\n    ${printable(right.takeAway)}\n`,
  );
  const head = `${who}: ${role} in ${database}`;
  return `${headText(head, blocking.length === 0, style)}${listed.join('')}`;
}

function headText(head: string, well: boolean, style: Style): string {
  return well
    ? `${style.green('✓')} ${printable(head)} can do what it needs\n`
    : `${style.red('✗')} ${printable(head)} can do more than it needs\n`;
}
