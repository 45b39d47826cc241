import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#base/problem';
import type { Secret } from '#base/secret';
import { accountUid } from './account.ts';
import type { Account } from './account.ts';
import { initialiseArguments } from './initialise.ts';
import { ownDirectory } from './places.ts';
import { runProgram } from './program.ts';
import type { Programs } from './program.ts';

/** The name of the role that `initdb` makes. */
export const SUPERUSER = 'privet_admin';

/** The major version a data directory was made by, or undefined when there is none yet. */
export function majorOf(dataDirectory: string): number | undefined {
  const path = join(dataDirectory, 'PG_VERSION');
  if (!existsSync(path)) return undefined;
  const major = Number(readFileSync(path, 'utf8').trim());
  if (Number.isInteger(major)) return major;
  throw new Problem('corrupt', `\`${path}\` expected a version number`);
}

/**
 * Makes the data directory. It appears whole, by a rename, so that a kill in the middle leaves nothing that looks finished;
 * the password reaches `initdb` in a file that only the account can read and that is gone afterwards.
 */
export async function makeDataDirectory(
  programs: Programs,
  dataDirectory: string,
  password: Secret,
): Promise<void> {
  const unfinished = mkdtempSync(`${dataDirectory}-unfinished-`);
  ownDirectory(unfinished, programs.account);
  const made = join(unfinished, 'data');
  const passwordFile = join(unfinished, 'password');
  try {
    writeFileSync(passwordFile, password.reveal(), { mode: 0o600 });
    give(passwordFile, programs.account);
    await runProgram(programs, 'initdb', {
      args: [
        ...initialiseArguments(programs.binaries, made),
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth-local=scram-sha-256',
        '--auth-host=reject',
      ],
      cwd: unfinished,
    });
    renameSync(made, dataDirectory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Throws `conflict` when there is a data directory and it does not belong to the account the server would run as. */
export function checkOwner(dataDirectory: string, account: Account): void {
  if (!existsSync(dataDirectory)) return;
  const { uid } = statSync(dataDirectory);
  if (uid === accountUid(account)) return;
  throw new Problem(
    'conflict',
    `data directory belongs to user ${uid}, not to user ${accountUid(account)}`,
    {
      hint: 'start privet as the user who started it first, or give the directory to this one with `chown -R`',
    },
  );
}

function give(path: string, account: Account): void {
  if (account.kind === 'other') chownSync(path, account.uid, account.gid);
}
