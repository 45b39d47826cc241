import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Problem } from '#base/problem';
import { styleFor } from './style.ts';
import type { Style } from './style.ts';

/** Everything a command sees of the world around it; tests bring their own. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** Whether somebody is there to answer. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly nowMs: () => number;
  /** Asks for one line; a secret is not shown. Throws `invalid` when nobody is there. */
  readonly ask: (question: string, kind: 'plain' | 'secret') => Promise<string>;
  /** All of standard input, for `-` as a file name. */
  readonly input: () => Promise<string>;
  /** Whether progress may draw over itself on standard error. */
  readonly animated: boolean;
};

/** Passwords and policies are the largest things read from standard input. */
const INPUT_BYTES_MAX = 4 * 1024 * 1024;

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const colourWanted = process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  const interactive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outStyle: styleFor({ colour: colourWanted && process.stdout.isTTY }),
    errStyle: styleFor({ colour: colourWanted && process.stderr.isTTY }),
    interactive,
    env: process.env,
    directory: process.cwd(),
    nowMs: () => Date.now(),
    ask: (question, kind) => ask(question, kind, interactive),
    input: readInput,
    animated: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
  };
}

async function ask(
  question: string,
  kind: 'plain' | 'secret',
  interactive: boolean,
): Promise<string> {
  if (!interactive) {
    throw new Problem('invalid', `nobody is there to answer \`${question.trim()}\``, {
      hint: 'give it as a file or in the environment: `--help` shows how',
    });
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: kind === 'secret' ? silent : process.stderr,
    terminal: true,
  });
  if (kind === 'secret') process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.on('SIGINT', () => reject(new Problem('invalid', 'interrupted')));
      lines.on('close', () => reject(new Problem('invalid', 'the input ended')));
      lines.question(kind === 'secret' ? '' : question, resolve);
    });
  } finally {
    lines.close();
    if (kind === 'secret') process.stderr.write('\n');
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    sizeBytes += bytes.length;
    if (sizeBytes > INPUT_BYTES_MAX) {
      throw new Problem('limit', `standard input expected at most ${INPUT_BYTES_MAX} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
