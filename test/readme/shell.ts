import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MARK = '\u0002next\u0002';

export type ShellSettings = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs the commands one after the other in one shell and gives what each printed, both streams as a person sees them. */
export async function runCommands(
  commands: readonly string[],
  { cwd, env = {} }: ShellSettings,
): Promise<readonly string[]> {
  const script = commands.map((command) => `${command}\nprintf '${MARK}'\n`).join('');
  const { stdout } = await promisify(execFile)('/bin/bash', ['-c', `exec 2>&1\n${script}`], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, LC_ALL: 'C.UTF-8', PAGER: 'cat', ...env },
  });
  return stdout.split(MARK).slice(0, commands.length);
}
