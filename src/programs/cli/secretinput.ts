import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Problem } from '#base/problem';
import { secret } from '#base/secret';
import type { Secret } from '#base/secret';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

/** Where a secret may come from: a file (`-` is standard input), an environment variable, or somebody who types it. */
export type SecretWish = {
  /** What it is, as people call it. */
  readonly label: string;
  readonly file: string | undefined;
  readonly variable: string;
  /** Ask twice, because it is being chosen. */
  readonly twice?: boolean;
};

/**
 * A secret from the file, else the variable (or the file it names with `_FILE`), else a prompt; never from the command
 * line, which every user of the machine can read. Throws `invalid` when it is empty or the two answers differ.
 */
export async function readSecret(terminal: Terminal, wish: SecretWish): Promise<Secret> {
  const given = await givenSecret(terminal, wish);
  const text = given ?? (await typedSecret(terminal, wish));
  if (text === '') {
    throw new Problem('invalid', `${wish.label} expected a text, got nothing`, {
      hint: `type it, give it by file, or set ${wish.variable}`,
    });
  }
  return secret(text);
}

async function givenSecret(terminal: Terminal, wish: SecretWish): Promise<string | undefined> {
  const file = wish.file ?? terminal.env[`${wish.variable}_FILE`];
  if (file === '-') return withoutLineEnd(await terminal.input());
  if (file !== undefined && file !== '') return fromFile(resolve(terminal.directory, file));
  const text = terminal.env[wish.variable];
  return text === undefined || text === '' ? undefined : text;
}

async function typedSecret(terminal: Terminal, wish: SecretWish): Promise<string> {
  const first = await terminal.ask(`${wish.label}: `, 'secret');
  if (wish.twice !== true) return first;
  const second = await terminal.ask(`${wish.label}, again: `, 'secret');
  if (first === second) return first;
  throw new Problem('invalid', 'the two answers differ');
}

function fromFile(path: string): string {
  try {
    return withoutLineEnd(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/u, '');
}
