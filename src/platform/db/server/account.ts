import { execFileSync } from 'node:child_process';
import { Problem } from '#base/problem';

/**
 * The operating system account a PostgreSQL server runs as: PostgreSQL refuses to run as root, so root hands the
 * server to an unprivileged account that exists already.
 */
export type Account =
  | { readonly kind: 'own' }
  | { readonly kind: 'other'; readonly name: string; readonly uid: number; readonly gid: number };

/** Accounts tried for a server started by root: the dedicated one first, `nobody` because every system has it. */
const CANDIDATES = ['privet', 'postgres', 'nobody'] as const;

/** The account for a server started by this process; throws `unavailable` when root finds no account to drop to. */
export function serverAccount(wanted: readonly string[] = CANDIDATES): Account {
  if (process.getuid?.() !== 0) return { kind: 'own' };
  for (const name of wanted) {
    const account = lookUp(name);
    if (account !== undefined) return account;
  }
  throw new Problem(
    'unavailable',
    `expected one of the accounts ${wanted.join(', ')}, found none`,
    {
      hint: 'postgresql refuses to run as root: create an account `privet`, or start privet as an ordinary user',
    },
  );
}

/** The spawn options that make a child process run as that account. */
export function spawnIdentity(account: Account): { uid?: number; gid?: number } {
  return account.kind === 'own' ? {} : { uid: account.uid, gid: account.gid };
}

/** The user id files of that account belong to. */
export function accountUid(account: Account): number {
  return account.kind === 'own' ? (process.getuid?.() ?? 0) : account.uid;
}

function lookUp(name: string): Account | undefined {
  try {
    const ask = (flag: string) =>
      Number(
        execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      );
    const uid = ask('-u');
    const gid = ask('-g');
    return uid > 0 && gid > 0 ? { kind: 'other', name, uid, gid } : undefined;
  } catch {
    return undefined;
  }
}
