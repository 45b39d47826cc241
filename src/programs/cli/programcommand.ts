import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Problem } from '#base/problem';
import { EXIT } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import type { Cli } from './leaf.ts';

type Program = {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
};

const SERVERS: readonly Program[] = [
  {
    name: 'up',
    summary: 'start everything on this machine, with an embedded PostgreSQL',
    examples: ['privet up', 'privet up --demo', 'PRIVET_HOME=/srv/privet privet up'],
  },
  {
    name: 'control',
    summary: 'run the control plane alone (PRIVET_CONTROL_DATABASE_URL)',
    examples: ['PRIVET_CONTROL_DATABASE_URL_FILE=./url privet control'],
  },
  {
    name: 'plane',
    summary: 'run a data plane alone (PRIVET_PLANE_DATABASE_URL)',
    examples: ['PRIVET_PLANE_DATABASE_URL_FILE=./url privet plane'],
  },
  {
    name: 'witness',
    summary: 'run a witness of ledgers, apart from the planes it watches',
    examples: [
      'PRIVET_WITNESS_NAME=witness.example/w1 PRIVET_WITNESS_LOGS_FILE=./logs privet witness',
    ],
  },
];

const DEMO: Program = {
  name: 'demo',
  summary: 'build the demo: a database, its people and policies',
  examples: ['privet up --demo'],
};

/** `privet up`, `control`, `plane` and `demo`: programs of their own, which take the rest of the command line. */
export function addPrograms(cli: Cli, program: Command): void {
  for (const one of [...SERVERS, DEMO]) {
    program
      .command(one.name)
      .summary(one.summary)
      .description(one.summary)
      .argument('[arguments...]')
      .allowUnknownOption()
      .helpOption(false)
      .addHelpText('after', `\nExamples:\n${one.examples.map((line) => `  $ ${line}\n`).join('')}`)
      .action(async (given: readonly string[]) => {
        cli.exit.code = await runProgram(one.name, given);
      });
  }
}

async function runProgram(name: string, args: readonly string[]): Promise<ExitCode> {
  const path = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));
  if (!existsSync(path)) throw new Problem('unsupported', `this installation has no \`${name}\``);
  return runChild(process.execPath, [path, ...args], process.env);
}

/** Runs a program in the foreground with our own terminal, and gives its exit code. */
export async function runChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ExitCode> {
  const child = spawn(command, [...args], { stdio: 'inherit', env });
  // The terminal sends Ctrl-C to both: the child decides when to end, and we wait for it.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const forward = () => void child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      child.on('error', (cause) => {
        reject(new Problem('unavailable', `\`${command}\` cannot be started`, { cause }));
      });
      child.on('exit', (code) => resolve(codeOf(code)));
    });
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', forward);
  }
}

function codeOf(code: number | null): ExitCode {
  return Object.values(EXIT).find((one) => one === code) ?? EXIT.failed;
}
