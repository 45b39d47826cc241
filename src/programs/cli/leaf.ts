import type { Command } from 'commander';
import { z } from 'zod';
import { Problem } from '#base/problem';
import type { ExitCode } from './exitcode.ts';
import type { Lines } from './line.ts';
import type { Output } from './output.ts';
import { withProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** What one run of the command line works with. */
export type Cli = {
  readonly terminal: Terminal;
  readonly lines: () => Lines;
  /** Where the exit code of a command whose answer is no is put. */
  readonly exit: { code: ExitCode };
  /** Waits for work, telling what is waited for when it takes long. */
  readonly waiting: <T>(text: string | (() => string), work: Promise<T>) => Promise<T>;
};

export type LeafCall<O> = {
  readonly cli: Cli;
  /** What stood after the command, in order, variadic ones included. */
  readonly args: readonly string[];
  readonly options: O;
};

/** A flag as commander reads it, what it says, and whether it may be given several times. */
export type Flag = readonly [flag: string, doc: string, times?: 'many'];

export type LeafSpec<O> = {
  /** Name and arguments as commander reads them: `add <name>`. */
  readonly name: string;
  readonly summary: string;
  /** More to know, shown by `--help` under the summary. */
  readonly details?: string;
  readonly flags?: readonly Flag[];
  readonly options?: z.ZodType<O>;
  /** Lines that work as they stand. */
  readonly examples: readonly string[];
  readonly run: (call: LeafCall<O>) => Promise<Output>;
};

/** Adds a command that does something to its parent. */
export function leaf<O = unknown>(cli: Cli, parent: Command, spec: LeafSpec<O>): Command {
  const command = parent.command(spec.name).summary(spec.summary);
  command.description([spec.summary, spec.details].filter(Boolean).join('\n\n'));
  for (const [flag, doc, times] of spec.flags ?? []) {
    if (times === 'many') command.option(flag, `${doc} (may be repeated)`, collect);
    else command.option(flag, doc);
  }
  command.option('--json', 'print data instead of text');
  command.addHelpText('after', examplesOf(spec.examples));
  command.action(async () => {
    const output = await spec.run({ cli, args: command.args, options: optionsOf(spec, command) });
    if (output.exit !== undefined) cli.exit.code = output.exit;
    print(cli.terminal, output, command.opts<{ json?: boolean }>().json === true);
  });
  return command;
}

function print(terminal: Terminal, output: Output, json: boolean): void {
  if (json) return terminal.out(`${JSON.stringify(output.value, null, 2)}\n`);
  terminal.out(output.text(terminal.outStyle));
  if (output.note !== undefined) terminal.err(output.note(terminal.errStyle));
}

/** Adds a command that only holds others; alone it shows its help and fails, since nothing was done. */
export function branch(parent: Command, name: string, summary: string): Command {
  return parent.command(name).summary(summary).description(summary);
}

/** The tools of one run. */
export function openCli(terminal: Terminal, lines: () => Lines): Cli {
  return {
    terminal,
    lines,
    exit: { code: 0 },
    waiting: (text, work) => withProgress(terminal, text, work),
  };
}

/** The argument at a place; commander has seen to it that required ones are there. */
export function argument(call: { readonly args: readonly string[] }, index: number): string {
  const found = call.args[index];
  if (found === undefined) throw new Problem('invalid', 'an argument is missing');
  return found;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function optionsOf<O>(spec: LeafSpec<O>, command: Command): O {
  const shape = spec.options ?? (z.unknown() as z.ZodType<O>);
  const parsed = shape.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? 'option').replaceAll(
    /[A-Z]/gu,
    (c) => `-${c.toLowerCase()}`,
  );
  if (issue !== undefined && command.getOptionValue(String(issue.path[0])) === undefined) {
    throw new Problem('invalid', `\`--${name}\` expected a value, got none`);
  }
  const said = issue?.message ?? 'does not fit';
  throw new Problem('invalid', `\`--${name}\` ${said.slice(0, 1).toLowerCase()}${said.slice(1)}`);
}

function examplesOf(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  $ ${line}\n`).join('')}`;
}
