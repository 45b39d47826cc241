import { Problem } from '#base/problem';

/** What the arguments of a program that takes none ask for; throws `invalid` for any but `--help`. */
export function readNoArguments(args: readonly string[], command: string): 'run' | 'help' {
  if (args.length === 0) return 'run';
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) return 'help';
  throw new Problem('invalid', `\`${command}\` takes no arguments, got \`${args.join(' ')}\``, {
    hint: 'it is told what to do by privet.yaml and the environment: see docs/configuration.md',
  });
}
