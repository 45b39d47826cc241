import type { Command } from 'commander';
import { z } from 'zod';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli, Flag } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs } from './table.ts';

const PLANE: Flag = ['--plane <name>', 'which plane, when there are several'];
const ofPlane = z.object({ plane: z.string().optional() });
const GRANT = 'grt_01k9v7mz3e8q2f6h4j5n7p9r1s';

const personShape = z.object({ id: z.string(), name: z.string().nullable() });
const grantShape = z.object({
  id: z.string(),
  operator: personShape,
  capability: z.string(),
  reason: z.string(),
  ticket: z.string(),
  scope: z.array(z.string()),
  rowsMax: z.number(),
  minutes: z.number(),
  emergency: z.boolean(),
  approvalsNeeded: z.number(),
  approvers: z.array(personShape),
  requestedAt: z.string(),
  stage: z.enum(['requested', 'active', 'ended', 'reviewed']),
  activeFrom: z.string().nullable(),
  notAfter: z.string().nullable(),
  ended: z.string().nullable(),
  endedAt: z.string().nullable(),
  rowsUsed: z.number(),
  itemsUsed: z.number(),
  leaves: z.array(z.number()),
});
type Grant = z.infer<typeof grantShape>;

const DECISIONS = [
  ['approve', 'let an operator in, as they asked', 'approved'],
  ['refuse', 'refuse a request', 'refused'],
  ['revoke', 'end a grant that is in force, at once', 'revoked'],
  ['withdraw', 'take back a request of your own', 'withdrawn'],
  ['close', 'end a grant of your own before its time', 'closed'],
] as const;

/** `privet grant …`: letting operators in, for a reason and a time. */
export function addGrants(cli: Cli, program: Command): void {
  const grant = branch(program, 'grant', 'let operators in for a time: request, approve, revoke');
  addRequest(cli, grant);
  for (const [name, summary, done] of DECISIONS) {
    leaf(cli, grant, {
      name: `${name} <grant>`,
      summary,
      flags: [PLANE],
      options: ofPlane,
      examples: [`privet grant ${name} ${GRANT}`],
      run: async ({ cli, args, options }) => {
        const plane = await cli.lines().plane(options.plane);
        const path = pathOf('grants', argument({ args }, 0), name);
        const made = await plane.ask({ method: 'POST', path }, grantShape);
        return said(`${done}: ${standing(made)}`, made);
      },
    });
  }
  addReview(cli, grant);
  addList(cli, grant);
  leaf(cli, grant, {
    name: 'show <grant>',
    summary: 'show a request or grant, and the leaves it rests on',
    flags: [PLANE],
    options: ofPlane,
    examples: [`privet grant show ${GRANT}`],
    run: async ({ cli, args, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('grants', argument({ args }, 0));
      const found = await plane.ask({ method: 'GET', path }, grantShape);
      return shown(found, (style) => grantText(found, style));
    },
  });
}

function addRequest(cli: Cli, grant: Command): void {
  leaf(cli, grant, {
    name: 'request <capability>',
    summary: 'ask for access: observe, operate, upgrade or break-glass',
    details:
      '`observe` reads the ops views of the plane, `operate` acts on it, `upgrade` starts another version, `break-glass` shows\n' +
      'items of the quarantine, which are data. A person of the customer approves; break-glass takes two of them.',
    flags: [
      ['--reason <reason>', 'customer-request, incident-response, maintenance, upgrade or legal'],
      ['--ticket <text>', 'number or address of the ticket'],
      ['--only <thing>', 'a view, operation or channel; all without it', 'many'],
      ['--rows <count>', 'rows it may show (default: 200)'],
      ['--minutes <count>', 'how long, once it is approved (default: 60, at most 480)'],
      [
        '--emergency',
        'begin without approval, where the customer allows it; somebody looks over it afterwards',
      ],
      PLANE,
    ],
    options: z.object({
      reason: z.string(),
      ticket: z.string(),
      only: z.array(z.string()).optional(),
      rows: z.coerce.number().int().min(1).optional(),
      minutes: z.coerce.number().int().min(1).optional(),
      emergency: z.boolean().default(false),
      plane: z.string().optional(),
    }),
    examples: [
      'privet grant request observe --reason maintenance --ticket OPS-17',
      'privet grant request break-glass --reason incident-response --ticket OPS-18 --only collector --rows 5 --minutes 30',
    ],
    run: async ({ cli, args, options }) => {
      const {
        reason,
        ticket,
        only: scope = null,
        rows = null,
        minutes = null,
        emergency,
      } = options;
      const capability = argument({ args }, 0);
      const body = { capability, reason, ticket, scope, rows, minutes, emergency };
      const plane = await cli.lines().plane(options.plane);
      const made = await plane.ask({ method: 'POST', path: pathOf('grants'), body }, grantShape);
      return said(`asked for ${printable(made.capability)}: ${made.id}, ${standing(made)}`, made);
    },
  });
}

function addReview(cli: Cli, grant: Command): void {
  leaf(cli, grant, {
    name: 'review <grant>',
    summary: 'say that what was done under a grant was in order, or object',
    flags: [
      ['--objection', 'it was not in order'],
      ['--note <text>', 'what was found; kept in the ledger'],
      PLANE,
    ],
    options: z.object({
      objection: z.boolean().default(false),
      note: z.string().optional(),
      plane: z.string().optional(),
    }),
    examples: [
      `privet grant review ${GRANT}`,
      `privet grant review ${GRANT} --objection --note "not what OPS-18 was about"`,
    ],
    run: async ({ cli, args, options }) => {
      const verdict = options.objection ? 'objection' : 'in-order';
      const body = { verdict, note: options.note ?? null };
      const plane = await cli.lines().plane(options.plane);
      const path = pathOf('grants', argument({ args }, 0), 'review');
      const made = await plane.ask({ method: 'POST', path, body }, grantShape);
      return said(`reviewed: ${verdict}`, made);
    },
  });
}

function addList(cli: Cli, grant: Command): void {
  leaf(cli, grant, {
    name: 'list',
    summary: 'list requests and grants, the newest first',
    flags: [['--open', 'only requests and grants in force'], PLANE],
    options: z.object({ open: z.boolean().default(false), plane: z.string().optional() }),
    examples: ['privet grant list', 'privet grant list --open'],
    run: async ({ cli, options }) => {
      const plane = await cli.lines().plane(options.plane);
      const shape = z.object({ items: z.array(grantShape) });
      const { items } = await plane.ask({ method: 'GET', path: pathOf('grants') }, shape);
      const wanted = options.open
        ? items.filter(({ stage }) => stage === 'requested' || stage === 'active')
        : items;
      return listed(
        (style) => [
          { title: 'grant', cell: (one: Grant) => one.id },
          {
            title: 'operator',
            cell: (one) => nameOf(one.operator),
            mark: (text) => style.bold(text),
          },
          { title: 'capability', cell: (one) => one.capability },
          { title: 'reason', cell: (one) => one.reason },
          { title: 'ticket', cell: (one) => one.ticket },
          { title: 'rows', cell: (one) => `${one.rowsUsed}/${one.rowsMax}`, align: 'right' },
          { title: 'how it stands', cell: standing },
        ],
        wanted,
        'nobody asked for access',
      );
    },
  });
}

function nameOf({ id, name }: z.infer<typeof personShape>): string {
  return printable(name ?? id);
}

function standing(grant: Grant): string {
  switch (grant.stage) {
    case 'requested':
      return `${grant.approvers.length} of ${grant.approvalsNeeded} approvals`;
    case 'active':
      return `in force until ${momentText(grant.notAfter)}`;
    case 'ended':
      return `${grant.ended} ${momentText(grant.endedAt)}`;
    case 'reviewed':
      return `${grant.ended}, reviewed`;
  }
  return grant.stage;
}

function momentText(moment: string | null): string {
  return moment?.slice(0, 16).replace('T', ' ') ?? 'never';
}

function grantText(grant: Grant, style: Style): string {
  return pairs(
    [
      ['grant', style.bold(grant.id)],
      ['operator', nameOf(grant.operator)],
      ['capability', `${grant.capability}${grant.emergency ? ', as an emergency' : ''}`],
      ['for', `${grant.reason}, ${printable(grant.ticket)}`],
      ['only', printable(grant.scope.join(' '))],
      ['how it stands', standing(grant)],
      ['approved by', grant.approvers.map(nameOf).join(', ') || 'nobody'],
      ['minutes', String(grant.minutes)],
      ['rows', `${grant.rowsUsed} of ${grant.rowsMax}, in ${grant.itemsUsed} acts`],
      ['leaves', grant.leaves.join(' ')],
    ],
    style,
  );
}
