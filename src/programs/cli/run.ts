import { Command, CommanderError } from 'commander';
import { Problem, problemFrom } from '#base/problem';
import { addCommands } from './commands.ts';
import { EXIT, exitCodeOf } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import { openCli } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { openLines } from './line.ts';
import type { Lines } from './line.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line (without the program's own name) and gives its exit code; never throws. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  version: string,
): Promise<ExitCode> {
  let opened: Lines | undefined;
  const cli = openCli(terminal, () => (opened ??= openLines(terminal)));
  try {
    await commandTree(cli, version).parseAsync([...args], { from: 'user' });
    return cli.exit.code;
  } catch (thrown) {
    return told(terminal, thrown, args.includes('--json'));
  } finally {
    await opened?.close();
  }
}

/** The whole tree of commands, ready to be run, walked or printed. */
export function commandTree(cli: Cli, version: string): Command {
  const { terminal } = cli;
  const program = new Command('privet')
    .description(
      'Keeps sensitive data usable without exposing it: one policy, enforced in every query.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) =>
        write(text.replace(/^error: /u, `${terminal.errStyle.red('privet:')} `)),
    })
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .showHelpAfterError('(`--help` shows how it is used)');
  addCommands(cli, program);
  for (const command of everyCommand(program)) inherit(command, program);
  return program;
}

/** A command and every command below it, in the order of `--help`. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function inherit(command: Command, program: Command): void {
  if (command !== program) command.copyInheritedSettings(program).helpCommand(false);
}

/** Says what went wrong and what to do next, on standard error. */
function told(terminal: Terminal, thrown: unknown, json: boolean): ExitCode {
  // Commander has printed its own complaint, or the help somebody asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.misused;
  const problem = problemFrom(thrown);
  terminal.err(json ? complaintJson(problem) : complaint(problem, terminal.errStyle));
  if (terminal.env['PRIVET_DEBUG'] === '1' && problem.cause instanceof Error) {
    terminal.err(`${problem.cause.stack ?? problem.cause.message}\n`);
  }
  return exitCodeOf(problem.code);
}

/** A problem as people read it: what, where, and what to do next. */
function complaint(problem: Problem, style: Style): string {
  const { message, where, hint } = problem;
  const place =
    where === undefined ? '' : `${where.file ?? 'line'}:${where.line}:${where.column}: `;
  const next = hint === undefined ? '' : `  ${style.dim('hint:')} ${hint}\n`;
  return `${style.red('privet:')} ${place}${message}\n${next}`;
}

function complaintJson({ code, message, hint, where }: Problem): string {
  return `${JSON.stringify({ error: { code, message, hint: hint ?? null, where: where ?? null } })}\n`;
}
