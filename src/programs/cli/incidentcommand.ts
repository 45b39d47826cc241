import type { Command } from 'commander';
import { z } from 'zod';
import { argument, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf, withQuery } from './line.ts';
import { listed, said, shown } from './output.ts';
import type { Output } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs, table } from './table.ts';

const summaryShape = z.object({
  id: z.string(),
  place: z.string(),
  severity: z.string(),
  state: z.string(),
  openedAt: z.string(),
  resolvedAt: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
  assignee: z.string().nullable(),
  owners: z.array(z.string()),
  failing: z.number(),
  check: z.string(),
});
type Summary = z.infer<typeof summaryShape>;

const incidentShape = summaryShape.extend({
  signals: z.array(
    z.object({
      check: z.string(),
      column: z.string().nullable(),
      kind: z.string(),
      severity: z.string(),
      state: z.string(),
      failures: z.number().nullable(),
      since: z.string(),
    }),
  ),
  events: z.array(
    z.object({
      at: z.string(),
      kind: z.string(),
      actor: z.string(),
      check: z.string().nullable(),
      note: z.string(),
    }),
  ),
});
type Incident = z.infer<typeof incidentShape>;

/** `privet observe incidents`, `ack`, `assign`, `resolve`. */
export function addIncidents(cli: Cli, observe: Command): void {
  leaf(cli, observe, {
    name: 'incidents [id]',
    summary: 'list what is wrong, newest first, or show one incident',
    flags: [
      ['--all', 'also those that are resolved'],
      ['--severity <severity>', 'at least this bad: low, normal, high or critical'],
      ['--table <table>', 'only of this table'],
      ['--assignee <name>', 'only those given to this person'],
    ],
    options: z.object({
      all: z.boolean().default(false),
      severity: z.string().optional(),
      table: z.string().optional(),
      assignee: z.string().optional(),
    }),
    examples: ['privet observe incidents', 'privet observe incidents --severity high'],
    run: async ({ cli, args, options }) => {
      const id = args[0];
      if (id !== undefined) return showIncident(cli, id);
      const path = withQuery(pathOf('observe', 'incidents'), {
        state: options.all ? undefined : 'unresolved',
        severity: options.severity,
        place: options.table,
        assignee: options.assignee,
      });
      const shape = z.object({ items: z.array(summaryShape) });
      const { items } = await cli.lines().control().ask({ method: 'GET', path }, shape);
      return listed(columns, items, options.all ? 'no incident yet' : 'nothing is wrong');
    },
  });
  addHandling(cli, observe);
}

function columns(style: Style) {
  return [
    { title: 'incident', cell: (one: Summary) => one.id },
    {
      title: 'severity',
      cell: (one: Summary) => one.severity,
      mark: (text: string, one: Summary) => severityMark(style, text, one.severity),
    },
    { title: 'table', cell: (one: Summary) => one.place, mark: (text: string) => style.bold(text) },
    { title: 'check', cell: (one: Summary) => one.check },
    { title: 'failing', cell: (one: Summary) => one.failing, align: 'right' as const },
    { title: 'state', cell: (one: Summary) => one.state },
    { title: 'opened', cell: (one: Summary) => one.openedAt.slice(0, 16).replace('T', ' ') },
    { title: 'who', cell: (one: Summary) => one.assignee ?? (one.owners.join(', ') || null) },
  ];
}

function addHandling(cli: Cli, observe: Command): void {
  const note = ['--note <text>', 'one line for the others'] as const;
  const options = z.object({ note: z.string().default('') });
  for (const [name, act, done] of [
    ['ack', 'acknowledge', 'is looked at by you; reminders stop'],
    ['resolve', 'resolve', 'is resolved; what still fails opens another'],
  ] as const) {
    leaf(cli, observe, {
      name: `${name} <id>`,
      summary: act === 'resolve' ? 'close an incident' : 'say that you look at an incident',
      flags: [note],
      options,
      examples: [`privet observe ${name} inc_01k9v7mz3e8q2f6h4j5n7p9r1s --note "vendor is late"`],
      run: async ({ cli, args, options: { note } }) => {
        const id = argument({ args }, 0);
        const path = pathOf('observe', 'incidents', id, act);
        const call = { method: 'POST', path, body: { note } } as const;
        const incident = await cli.lines().control().ask(call, incidentShape);
        return said(`${incident.place} ${done}`, incident);
      },
    });
  }
  leaf(cli, observe, {
    name: 'assign <id> [name]',
    summary: 'give an incident to a person, or to nobody',
    examples: [
      'privet observe assign inc_01k9v7mz3e8q2f6h4j5n7p9r1s olga.owner',
      'privet observe assign inc_01k9v7mz3e8q2f6h4j5n7p9r1s',
    ],
    run: async ({ cli, args: [id = '', assignee] }) => {
      const path = pathOf('observe', 'incidents', id, 'assignee');
      const call = { method: 'PUT', path, body: { assignee: assignee ?? null } } as const;
      const incident = await cli.lines().control().ask(call, incidentShape);
      return said(`${incident.place} is ${assignee ?? 'nobody'}’s now`, incident);
    },
  });
}

async function showIncident(cli: Cli, id: string): Promise<Output> {
  const path = pathOf('observe', 'incidents', id);
  const incident = await cli.lines().control().ask({ method: 'GET', path }, incidentShape);
  return shown(incident, (style) => incidentText(incident, style));
}

function incidentText(incident: Incident, style: Style): string {
  const head = pairs(
    [
      ['table', style.bold(printable(incident.place))],
      ['severity', severityMark(style, incident.severity, incident.severity)],
      ['state', incident.state],
      ['opened', incident.openedAt],
      ['owners', printable(incident.owners.join(', ')) || 'nobody'],
      ['assignee', printable(incident.assignee ?? 'nobody')],
    ],
    style,
  );
  const signals = table<Incident['signals'][number]>(
    [
      { title: 'check', cell: (one) => one.check, mark: (text) => style.bold(text) },
      { title: 'column', cell: (one) => one.column },
      { title: 'kind', cell: (one) => one.kind },
      {
        title: 'state',
        cell: (one) => one.state,
        mark: (text, one) => (one.state === 'ok' ? style.green(text) : style.red(text)),
      },
      { title: 'failures', cell: (one) => one.failures, align: 'right' },
      { title: 'since', cell: (one) => one.since.slice(0, 16).replace('T', ' ') },
    ],
    incident.signals,
    { style, none: 'no checks' },
  );
  const events = table<Incident['events'][number]>(
    [
      { title: 'at', cell: (one) => one.at.slice(0, 19).replace('T', ' ') },
      { title: 'what', cell: (one) => one.kind },
      { title: 'check', cell: (one) => one.check },
      { title: 'who', cell: (one) => one.actor },
      { title: 'note', cell: (one) => one.note },
    ],
    incident.events,
    { style, none: 'nothing happened' },
  );
  return `${head}\n${signals}\n${events}`;
}

/** Severities as they are marked everywhere here. */
function severityMark(style: Style, text: string, severity: string): string {
  if (severity === 'critical' || severity === 'high') return style.red(text);
  return severity === 'normal' ? style.yellow(text) : text;
}
