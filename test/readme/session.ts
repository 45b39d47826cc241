/** One command of a printed session and what it printed. */
export type Step = { readonly command: string; readonly output: string };

/** The bodies of a document's fenced blocks of one kind, in order. */
export function blocksOf(text: string, kind: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${kind}\\n(?<body>[\\s\\S]*?)^\`\`\``, 'gmu');
  return [...text.matchAll(fence)].map((match) => match.groups?.['body'] ?? '');
}

/** A session in steps: lines that begin with `$ ` are commands, the lines up to the next one are what it printed. */
export function sessionOf(block: string): readonly Step[] {
  return block
    .split(/^\$ /mu)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), output: part.slice(end + 1) };
    });
}

/**
 * Whether a command printed what the document shows. `…` stands for anything within a line, alone on a line for any
 * lines; numbers in the shape of a national id may be any such numbers, since each installation has its own keys; white
 * space at the ends of lines and empty lines at the end do not count.
 */
export function matches(shown: string, got: string): boolean {
  const lines = tidy(shown).map((line) => (line === '…' ? '(?:.*\n)*?' : `${linePattern(line)}\n`));
  return new RegExp(`^${lines.join('')}$`, 'u').test(`${tidy(got).join('\n')}\n`);
}

function tidy(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}

function linePattern(line: string): string {
  return line
    .split(/(?<any>…)|(?<id>\d{3}-\d{2}-\d{4})/u)
    .filter((piece) => piece !== undefined)
    .map((piece) => {
      if (piece === '…') return '.*';
      return NATIONAL_ID.test(piece) ? NATIONAL_ID.source.slice(1, -1) : RegExp.escape(piece);
    })
    .join('');
}

const NATIONAL_ID = /^\d{3}-\d{2}-\d{4}$/u;
