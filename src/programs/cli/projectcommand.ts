import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import { argument, branch, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { pathOf } from './line.ts';
import { listed, said, shown } from './output.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';
import { pairs, table } from './table.ts';

const memberShape = z.object({
  subject: z.string(),
  addedAt: z.string(),
  addedBy: z.string(),
  acknowledged: z.array(z.object({ purpose: z.string(), at: z.string() })),
});
type Member = z.infer<typeof memberShape>;

const projectShape = z.object({
  name: z.string(),
  description: z.string(),
  state: z.string(),
  sources: z.array(z.string()),
  purposes: z.array(z.string()),
  maskedJoins: z.boolean(),
  members: z.array(memberShape),
});
type Project = z.infer<typeof projectShape>;

const purposeShape = z.object({
  name: z.string(),
  description: z.string(),
  statement: z.string(),
});
type Purpose = z.infer<typeof purposeShape>;

/** `privet project …` and `privet purpose …`. */
export function addProjects(cli: Cli, program: Command): void {
  const project = branch(program, 'project', 'people, sources and purposes that belong together');
  addList(cli, project);
  addShow(cli, project);
  addMembers(cli, project);
  addAccept(cli, project);
  const purpose = branch(program, 'purpose', 'reasons for use, each with a statement to accept');
  addPurposes(cli, purpose);
}

function addList(cli: Cli, project: Command): void {
  leaf(cli, project, {
    name: 'list',
    summary: 'list projects: yours, or all for those who may see them',
    details: 'Projects are documents: `privet policy apply` makes and changes them.',
    examples: ['privet project list'],
    run: async ({ cli }) => {
      const shape = z.object({ items: z.array(projectShape) });
      const call = { method: 'GET', path: pathOf('projects') } as const;
      const { items } = await cli.lines().control().ask(call, shape);
      return listed(
        (style) => [
          { title: 'project', cell: (one: Project) => one.name, mark: (text) => style.bold(text) },
          { title: 'state', cell: (one) => one.state },
          { title: 'members', cell: (one) => one.members.length, align: 'right' },
          { title: 'purposes', cell: (one) => one.purposes.join(', ') },
          { title: 'sources', cell: (one) => one.sources.join(', ') },
        ],
        items,
        'you are in no project',
      );
    },
  });
}

function addShow(cli: Cli, project: Command): void {
  leaf(cli, project, {
    name: 'show <project>',
    summary: 'show a project with its members',
    examples: ['privet project show readmission-study'],
    run: async ({ cli, args }) => {
      const path = pathOf('projects', argument({ args }, 0));
      const found = await cli.lines().control().ask({ method: 'GET', path }, projectShape);
      return shown(found, (style) => projectText(found, style));
    },
  });
}

function projectText(project: Project, style: Style): string {
  const head = pairs(
    [
      ['project', style.bold(printable(project.name))],
      ['description', printable(project.description) || '–'],
      ['state', project.state],
      ['sources', printable(project.sources.join(', '))],
      ['purposes', printable(project.purposes.join(', ')) || 'none'],
      ['masked joins', project.maskedJoins ? 'yes' : 'no'],
    ],
    style,
  );
  const members = table<Member>(
    [
      { title: 'member', cell: (one) => one.subject, mark: (text) => style.bold(text) },
      { title: 'accepted', cell: (one) => one.acknowledged.map((done) => done.purpose).join(', ') },
      { title: 'added', cell: (one) => `${one.addedAt.slice(0, 10)} by ${one.addedBy}` },
    ],
    project.members,
    { style, none: 'nobody is in it yet; `privet project add` takes people in' },
  );
  return `${head}\n${members}`;
}

function addMembers(cli: Cli, project: Command): void {
  for (const [verb, method, done] of [
    ['add', 'PUT', 'in'],
    ['remove', 'DELETE', 'no longer in'],
  ] as const) {
    leaf(cli, project, {
      name: `${verb} <project> <names...>`,
      summary: verb === 'add' ? 'take people into a project' : 'take people out of a project',
      examples: [`privet project ${verb} readmission-study nia.north`],
      run: async ({ cli, args: [name = '', ...people] }) => {
        const line = cli.lines().control();
        for (const person of people) {
          await line.tell({ method, path: pathOf('projects', name, 'members', person) });
        }
        const are = people.length === 1 ? 'is' : 'are';
        return said(`${people.join(', ')} ${are} ${done} ${name}`, { project: name, people });
      },
    });
  }
}

function addAccept(cli: Cli, project: Command): void {
  leaf(cli, project, {
    name: 'accept <project> <purpose>',
    summary: 'accept the statement of a purpose, for yourself',
    details:
      'Until then the purpose does not count. The statement is shown and asked about; scripts give its text with\n' +
      '--statement, so that nobody accepts what they have not read.',
    flags: [['--statement <text>', 'the statement, word for word']],
    options: z.object({ statement: z.string().optional() }),
    examples: ['privet project accept readmission-study Research.Readmission'],
    run: async ({ cli, args: [name = '', purpose = ''], options }) => {
      const line = cli.lines().control();
      const statement = options.statement ?? (await readAndAgreed(cli, purpose));
      const path = pathOf('projects', name, 'acknowledgements');
      await line.tell({ method: 'POST', path, body: { purpose, statement } });
      return said(`you may act for ${purpose} in ${name}`, { project: name, purpose, statement });
    },
  });
}

async function readAndAgreed(cli: Cli, name: string): Promise<string> {
  const { items } = await purposes(cli);
  const purpose = items.find((one) => one.name === name);
  if (purpose === undefined) throw new Problem('not-found', `no purpose is called \`${name}\``);
  cli.terminal.err(`${printable(purpose.statement)}\n`);
  const answer = await cli.terminal.ask('Type yes to accept: ', 'plain');
  if (answer.trim().toLowerCase() === 'yes') return purpose.statement;
  throw new Problem('invalid', 'nothing was accepted');
}

function addPurposes(cli: Cli, purpose: Command): void {
  leaf(cli, purpose, {
    name: 'list',
    summary: 'list purposes with their statements',
    details: 'Purposes are documents: `privet policy apply` makes and changes them.',
    examples: ['privet purpose list'],
    run: async ({ cli }) => {
      const { items } = await purposes(cli);
      return listed(
        (style) => [
          { title: 'purpose', cell: (one: Purpose) => one.name, mark: (text) => style.bold(text) },
          { title: 'description', cell: (one) => one.description },
          { title: 'statement', cell: (one) => one.statement },
        ],
        items,
        'no purposes',
      );
    },
  });
}

function purposes(cli: Cli) {
  const shape = z.object({ items: z.array(purposeShape) });
  return cli
    .lines()
    .control()
    .ask({ method: 'GET', path: pathOf('purposes') }, shape);
}
