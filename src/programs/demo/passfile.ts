import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';

/** 18 bytes are 144 bits: nobody guesses that, and it fits a line. */
const PASSWORD_BYTES = 18;
const MODE_OWNER_ONLY = 0o600;

/** Where the gateway listens, as `psql` would be told. */
export type Door = { readonly host: string; readonly port: number };

/** User names at the gateway with their passwords, in the order they came. */
export type Passwords = ReadonlyMap<string, string>;

/** A new random password; base64url, so that it needs no quoting anywhere. */
export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** The passwords of a file that `writePassfile` made; none when it is not there. */
export async function readPassfile(path: string): Promise<Passwords> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const entries = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'))
    .flatMap(([, , , user, password]) =>
      user === undefined || password === undefined ? [] : [[user, password] as const],
    );
  return new Map(entries);
}

/**
 * Writes the passwords as libpq's password file (PostgreSQL manual, "The Password File"), so that
 * `PGPASSFILE=<path> psql …` asks for nothing. Mode 0600 from the first byte; the old file stays whole until the new one is.
 */
export async function writePassfile(path: string, door: Door, passwords: Passwords): Promise<void> {
  const lines = [...passwords].map(
    ([user, password]) => `${door.host}:${door.port}:*:${user}:${password}\n`,
  );
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'w', MODE_OWNER_ONLY);
  try {
    await file.chmod(MODE_OWNER_ONLY);
    await file.writeFile(
      `# passwords of the demo's people, made on this machine; use with PGPASSFILE\n${lines.join('')}`,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}
