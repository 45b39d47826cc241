import type { Command } from 'commander';
import { Problem } from '#base/problem';
import { completionScript, completionsOf, SHELLS } from './completion.ts';
import { argument, leaf } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { shown } from './output.ts';

/** `privet completion bash|zsh|fish`. */
export function addCompletion(cli: Cli, program: Command): void {
  leaf(cli, program, {
    name: 'completion <shell>',
    summary: 'print the completion script of a shell: bash, zsh or fish',
    examples: [
      'source <(privet completion bash)',
      'privet completion zsh > ~/.zsh/completions/_privet',
      'privet completion fish > ~/.config/fish/completions/privet.fish',
    ],
    run: (call) => {
      const name = argument(call, 0);
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined) {
        throw new Problem('invalid', `shell expected ${SHELLS.join(', ')}, got \`${name}\``);
      }
      const script = completionScript(shell, completionsOf(program));
      return Promise.resolve(shown({ shell, script }, () => script));
    },
  });
}
