import type { Command } from 'commander';

/** The words that may follow each chain of commands: names of commands, and flags. */
export type Completions = ReadonlyMap<string, readonly CompletionWord[]>;
export type CompletionWord = { readonly word: string; readonly doc: string };

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What completes each command, by its chain of names joined with spaces; made from the tree, so it never lags behind. */
export function completionsOf(program: Command): Completions {
  const found = new Map<string, readonly CompletionWord[]>();
  const walk = (command: Command, chain: readonly string[]): void => {
    const below = command.commands.map((one) => ({ word: one.name(), doc: one.summary() }));
    const flags = command.options.map((one) => ({
      word: one.long ?? one.flags,
      doc: one.description,
    }));
    found.set(chain.join(' '), [
      ...below,
      ...flags,
      { word: '--help', doc: 'show how it is used' },
    ]);
    for (const one of command.commands) walk(one, [...chain, one.name()]);
  };
  walk(program, []);
  return found;
}

/** The script a shell reads to complete `privet`. */
export function completionScript(shell: Shell, completions: Completions): string {
  return SCRIPTS[shell](completions);
}

const SCRIPTS: Readonly<Record<Shell, (completions: Completions) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(completions: Completions): string {
  const cases = [...completions].map(
    ([chain, words]) => `    '${chain}') words='${words.map(({ word }) => word).join(' ')}' ;;`,
  );
  return `# bash completion for privet: source <(privet completion bash)
_privet() {
  local current=\${COMP_WORDS[COMP_CWORD]} chain='' words='' word next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    next=\${chain:+$chain }$word
    case " ${chainsOf(completions)} " in *" \${next// /+} "*) chain=$next ;; esac
  done
  case $chain in
${cases.join('\n')}
  esac
  case \${COMP_WORDS[COMP_CWORD - 1]} in --*file | --ca) words='' ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _privet privet
`;
}

function zshScript(completions: Completions): string {
  const cases = [...completions].map(([chain, words]) => {
    const described = words.map(({ word, doc }) => zshQuoted(`${word}:${doc}`)).join(' ');
    return `    '${chain}') words_found=(${described}) ;;`;
  });
  return `#compdef privet
# zsh completion for privet: source <(privet completion zsh)
_privet() {
  local chain='' next i
  local -a words_found
  for ((i = 2; i < CURRENT; i++)); do
    next=\${chain:+$chain }\${words[i]}
    case " ${chainsOf(completions)} " in *" \${next// /+} "*) chain=$next ;; esac
  done
  case $chain in
${cases.join('\n')}
  esac
  _describe 'privet' words_found || _files
}
compdef _privet privet
`;
}

function fishScript(completions: Completions): string {
  const lines = [...completions].flatMap(([chain, words]) =>
    words.map(({ word, doc }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c privet -n '__privet_at "${chain}"' ${what} -d ${fishQuoted(doc)}`;
    }),
  );
  return `# fish completion for privet: privet completion fish | source
function __privet_at
  set -l chain
  for word in (commandline -opc)[2..]
    set -l next (string join ' ' $chain $word)
    if contains -- "$next" ${[...completions.keys()].map((chain) => `'${chain}'`).join(' ')}
      set chain $chain $word
    end
  end
  test "$chain" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** Every chain as one word each, spaces as \`+\`, which no name of a command holds. */
function chainsOf(completions: Completions): string {
  return [...completions.keys()].map((chain) => chain.replaceAll(' ', '+')).join(' ');
}

function zshQuoted(text: string): string {
  const [word = '', ...doc] = text.split(':');
  return `'${word}:${doc.join(' ').replaceAll("'", '’').replaceAll(':', ' ')}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/gu, '’')}'`;
}
