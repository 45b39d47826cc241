import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MARK = '\u0002next\u0002';
const BLOCK = /^```(?<kind>sh|yaml|js|sql)\n(?<body>[\s\S]*?)^```/gmu;
/** The first line of a block that is a file: its name, as a comment. */
const NAMED = /^(?:#|\/\/|--) (?<name>[\w.-]+\.\w+)\n/u;
/** What control and planes must hear of each other, which takes a second or two; whoever reads a page is slower than that. */
const TOLD = /role (?:give|create)|policy apply|account create|user add|vault change/u;
const READING_SECONDS = 3;
/** Forty starts of the command line, on a machine that has other things to do. */
const TIMEOUT_MS = 400_000;

/** A block of a page, in the order they stand there. */
export type Block = { readonly kind: string; readonly body: string };

export function blocksIn(page: string): readonly Block[] {
  return [...page.matchAll(BLOCK)].map(({ groups }) => ({
    kind: groups?.['kind'] ?? '',
    body: groups?.['body'] ?? '',
  }));
}

/**
 * Does what a page says, word for word: blocks that begin with the name of a file become files, blocks of shell run one after another in
 * one shell that ends at the first command that fails. Gives what each block of shell printed; `at` says which addresses are other
 * ones here.
 */
export async function followPage(
  blocks: readonly Block[],
  {
    cwd,
    env,
    at,
  }: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly at: Readonly<Record<string, string>>;
  },
): Promise<readonly string[]> {
  const here = (text: string) =>
    Object.entries(at).reduce((sum, [from, to]) => sum.replaceAll(from, to), text);
  for (const { body } of blocks) {
    const name = NAMED.exec(body)?.groups?.['name'];
    if (name !== undefined) writeFileSync(join(cwd, name), here(body));
  }
  const shell = blocks.filter(({ kind }) => kind === 'sh').map(({ body }) => here(body));
  const script = shell.map((body) => {
    const pause = TOLD.test(body) ? `sleep ${READING_SECONDS}\n` : '';
    return `${body}\nprintf '${MARK}'\n${pause}`;
  });
  const ends = `exec 2>&1\nset -eEo pipefail\ntrap 'echo "failed: $BASH_COMMAND"' ERR\n`;
  const { stdout } = await promisify(execFile)('/bin/bash', ['-c', `${ends}${script.join('')}`], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, LC_ALL: 'C.UTF-8', PAGER: 'cat', ...env },
    timeout: TIMEOUT_MS,
  }).catch((thrown: { readonly stdout?: string }) => {
    // Without its cause, which is the whole script once more.
    throw new Error(`the page does not run:\n${thrown.stdout?.replaceAll(MARK, '\n----\n')}`);
  });
  return stdout.split(MARK).slice(0, shell.length);
}
