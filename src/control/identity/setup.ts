import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { utf8, equalConstantTime } from '#base/bytes';
import { PERMISSIONS } from '#boundary';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { grantPermission } from './permission.ts';
import { digestOf, newSecret } from './secret.ts';
import { createSubject, setPassword } from './subject.ts';
import { inWork } from './work.ts';
import type { Asker, Office, RandomSource } from './work.ts';

const ANY = statement(import.meta.url, 'sql/any-subject.sql');
const LOCK = statement(import.meta.url, 'sql/lock-setup.sql');

/** Whether nobody has an account yet, so that set-up is open to whoever holds the set-up token. */
export async function needsSetup(tx: Queryable): Promise<boolean> {
  const { rows } = await tx.query<{ any: boolean }>(ANY);
  return rows[0]?.any !== true;
}

/**
 * Puts a one-time set-up token into a file only its owner can read, when nobody has an account yet and no such file is
 * there; removes a left-over file otherwise. Says whether set-up is open.
 */
export async function prepareSetup(office: Office, tokenFile: string): Promise<'open' | 'done'> {
  if (!(await needsSetup(office.pool))) {
    rmSync(tokenFile, { force: true });
    return 'done';
  }
  if (!existsSync(tokenFile)) writeToken(tokenFile, office.random);
  return 'open';
}

export type SetupRequest = Omit<Asker, 'actor'> & {
  readonly token: string;
  readonly name: string;
  readonly password: string;
};

/**
 * Makes the first account, a person with every permission, and burns the token. Throws `unauthenticated` for a wrong
 * token and `conflict` once anybody has an account.
 */
export async function completeSetup(
  office: Office,
  tokenFile: string,
  request: SetupRequest,
): Promise<void> {
  requireToken(tokenFile, request.token);
  const actor = { id: 'setup', name: 'setup' };
  const { requestId, address } = request;
  await inWork(office, { actor, requestId, address }, async (work) => {
    await work.tx.query(LOCK);
    if (!(await needsSetup(work.tx))) {
      throw new Problem('conflict', 'set-up is done: somebody has an account already');
    }
    await createSubject(work, { name: request.name, kind: 'person' });
    const name = request.name.toLowerCase();
    await setPassword(work, name, { text: request.password, temporary: false });
    for (const permission of PERMISSIONS) await grantPermission(work, name, permission);
    await recordAct(work, { action: 'setting-changed', target: 'setup completed' });
  });
  rmSync(tokenFile, { force: true });
}

function writeToken(tokenFile: string, random: RandomSource): void {
  const token = newSecret('privet_setup_', random);
  try {
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new Problem('unavailable', `set-up token file \`${tokenFile}\` cannot be written`, {
      hint: 'make its directory writable for the account Privet runs under',
      cause,
    });
  }
}

function requireToken(tokenFile: string, given: string): void {
  // Without a file there is a stand-in nobody can know, so that both ways take the same time.
  const wanted = existsSync(tokenFile)
    ? readFileSync(tokenFile, 'utf8').trim()
    : `${given}, but not so`;
  if (
    equalConstantTime(digestOf(given), digestOf(wanted.slice(0, 128))) &&
    utf8(given).length > 20
  ) {
    return;
  }
  throw new Problem('unauthenticated', 'the set-up token is wrong, or set-up is done', {
    hint: 'the token is in the file `setup-token` of the home directory of the control plane',
  });
}
