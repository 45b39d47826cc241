import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Problem } from '#base/problem';

/** What the command line remembers between runs; the file is its owner's alone. */
export type Memory = {
  readonly url: string;
  /** Certificate of the authority that was believed at sign-in, and no other is believed since. */
  readonly authorityPem: string | null;
  readonly session: SavedSession | null;
};

export type SavedSession = {
  readonly name: string;
  readonly secret: string;
  readonly expiresAt: string;
};

/** Where the command line keeps its memory, and the home of a `privet up` on this machine when there is one. */
export type CliHome = {
  readonly directory: string;
  /** `ca.pem` of the local installation, when it is there. */
  readonly localAuthorityFile: string;
};

const memoryShape = z.object({
  url: z.string(),
  authorityPem: z.string().nullable(),
  session: z.object({ name: z.string(), secret: z.string(), expiresAt: z.string() }).nullable(),
});

/**
 * `PRIVET_HOME`, or `.privet` in the working directory when `privet up` made one there, or `~/.config/privet`
 * (`XDG_CONFIG_HOME`, XDG base directory specification).
 */
export function findHome(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
): CliHome {
  const root = rootOf(env, directory);
  return {
    directory: root === configRoot(env) ? root : join(root, 'cli'),
    localAuthorityFile: join(root, 'tls', 'ca.pem'),
  };
}

/** What is remembered, or null when nothing is; throws `denied` when others can read it, `corrupt` when it is no memory. */
export function readMemory(home: CliHome): Memory | null {
  const path = memoryPath(home);
  if (!existsSync(path)) return null;
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Problem('denied', `\`${path}\` can be read by others`, {
      hint: `it holds a session: remove it and sign in again with \`privet login\``,
    });
  }
  const parsed = memoryShape.safeParse(parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Problem('corrupt', `\`${path}\` is not what \`privet login\` writes`, {
    hint: 'remove it and sign in again with `privet login`',
  });
}

/** Keeps the memory, whole or not at all. */
export function writeMemory(home: CliHome, memory: Memory): void {
  const path = memoryPath(home);
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 });
    chmodSync(`${path}.new`, 0o600);
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw new Problem('unavailable', `\`${path}\` cannot be written`, {
      hint: 'name a directory that is yours with PRIVET_HOME',
      cause,
    });
  }
}

/** Forgets everything. */
export function forget(home: CliHome): void {
  rmSync(memoryPath(home), { force: true });
}

function memoryPath(home: CliHome): string {
  return join(home.directory, 'cli.json');
}

function rootOf(env: Readonly<Record<string, string | undefined>>, directory: string): string {
  const named = env['PRIVET_HOME'];
  if (named !== undefined && named !== '') return resolve(directory, named);
  const local = resolve(directory, '.privet');
  return existsSync(local) ? local : configRoot(env);
}

function configRoot(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['XDG_CONFIG_HOME'];
  const base =
    named !== undefined && named !== '' ? named : join(env['HOME'] ?? homedir(), '.config');
  return join(base, 'privet');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
