import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import { runCommandLine } from '../../src/programs/cli/run.ts';
import { styleFor } from '../../src/programs/cli/style.ts';
import type { Terminal } from '../../src/programs/cli/terminal.ts';

/**
 * A transcript is a text file of what is typed and what is answered. Lines that begin with `$ privet` are run, with the
 * lines `< answer` after it typed at its prompts; `$ write name text` writes a file; everything else is expected output, the
 * exit code last as `[exit n]` when it is not 0. Ids, times, secrets and addresses stand as `<…>`.
 */
export type Transcript = { readonly path: string; readonly text: string };

export type Stage = {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nowMs: () => number;
};

type Step = { readonly command: string; readonly answers: readonly string[] };

/** What the transcript reads when it is played now. */
export async function play(transcript: Transcript, stage: Stage): Promise<string> {
  const out: string[] = [];
  for (const block of blocksOf(transcript.text)) {
    if (typeof block === 'string') out.push(block);
    else out.push(await playStep(block, stage));
  }
  return out.join('');
}

/** Reads a transcript; with UPDATE_GOLDEN=1 `keep` writes what was played instead of comparing. */
export function readTranscript(url: URL): Transcript {
  return { path: url.pathname, text: readFileSync(url, 'utf8') };
}

export function keep(transcript: Transcript, played: string): void {
  writeFileSync(transcript.path, played);
}

/** Comments and blank lines as they are, commands with their answers; expected output is dropped. */
function blocksOf(text: string): readonly (string | Step)[] {
  const blocks: (string | Step)[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) blocks.push({ command: line.slice(2), answers: [] });
    else if (line.startsWith('< ')) {
      const last = blocks.at(-1);
      if (typeof last !== 'object') throw new Error(`an answer without a command: ${line}`);
      blocks[blocks.length - 1] = { ...last, answers: [...last.answers, line.slice(2)] };
    } else if (line.startsWith('# ')) blocks.push(`${line}\n`);
  }
  return blocks;
}

async function playStep(step: Step, stage: Stage): Promise<string> {
  const [program, ...args] = words(step.command);
  const head = [`$ ${step.command}`, ...step.answers.map((answer) => `< ${answer}`)].join('\n');
  const written = /^write (?<name>\S+) (?<text>.*)$/u.exec(step.command)?.groups;
  if (written !== undefined) {
    const { name = '', text = '' } = written;
    writeFileSync(join(stage.directory, name), `${text.replaceAll(String.raw`\n`, '\n')}\n`);
    return `${head}\n\n`;
  }
  if (program !== 'privet') throw new Error(`expected \`privet\` or \`write\`, got ${program}`);
  let output = '';
  const answers = [...step.answers];
  const terminal = terminalOf(stage, answers, (text) => (output += text));
  const code = await runCommandLine(args, terminal, '0.0.0-test');
  const exit = code === 0 ? '' : `[exit ${code}]\n`;
  return `${head}\n${steady(output, stage)}${exit}\n`;
}

function terminalOf(stage: Stage, answers: string[], write: (text: string) => void): Terminal {
  const plain = styleFor({ colour: false });
  return {
    out: write,
    err: write,
    outStyle: plain,
    errStyle: plain,
    interactive: answers.length > 0,
    env: stage.env,
    directory: stage.directory,
    nowMs: stage.nowMs,
    ask: (question, kind) => {
      const answer = answers.shift();
      if (answer === undefined) return Promise.reject(new Problem('invalid', 'nobody is there'));
      write(`${question}${kind === 'secret' ? '' : answer}\n`);
      return Promise.resolve(answer);
    },
    input: () => Promise.resolve(answers.splice(0).join('\n')),
    animated: false,
  };
}

/** What differs from run to run, by a name for what it is. */
function steady(text: string, stage: Stage): string {
  return text
    .replaceAll(stage.directory, '<home>')
    .replaceAll(/https:\/\/127\.0\.0\.1:\d+/gu, '<url>')
    .replaceAll(/127\.0\.0\.1:\d+/gu, '<address>')
    .replaceAll(/privet_(pat|pln|ses)_[\w-]{43}/gu, '<secret>')
    .replaceAll(
      /\b(sub|tok|ses|src|sys|prj|pol|req|grp|inc|chn|alr|mut|con|egr)_[0-9a-z]{26}\b/gu,
      '<$1>',
    )
    .replaceAll(/\b[0-9a-f]{64}\b/gu, '<sha256>')
    .replaceAll(/\bfile\/[0-9a-f]{16}\b/gu, 'file/<kek>')
    .replaceAll(/; leaf \d+\b/gu, '; leaf <n>')
    .replaceAll(/\bdurationMicros=\d+/gu, 'durationMicros=<n>')
    .replaceAll(/\bdec_[\w-]{8,}/gu, '<dec>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gu, '<time>')
    .replaceAll(/\b20\d\d-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?\b/gu, '<day>');
}

/** The words of a command line: quotes hold words together, as in a shell. */
function words(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}
