import { hash } from 'node:crypto';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Office } from './work.ts';

const TAKE = statement(import.meta.url, 'sql/take-attempt.sql');
const CLEAR = statement(import.meta.url, 'sql/clear-attempt.sql');
const PRUNE = statement(import.meta.url, 'sql/prune-attempts.sql');
const RETURN = statement(import.meta.url, 'sql/return-attempt.sql');

/** Failures are counted over this long, and a door that was shut opens again after it. */
export const LOCK_OUT_MINUTES = 15;
/** NIST SP 800-63B §3.2.2 allows 100 in a row; ten wrong passwords in a quarter of an hour are no typing mistakes. */
export const ACCOUNT_FAILURES_MAX = 10;
/** One address may be a whole office, but no office fails this often. */
export const ADDRESS_FAILURES_MAX = 100;
const WINDOW_MS = LOCK_OUT_MINUTES * 60_000;

/** What is guessed at, and from where. */
export type Attempt = { readonly account: string; readonly address: string };

/**
 * Counts an attempt before it is judged, so that parallel guesses cannot slip under a limit. Throws `limit` while the
 * account or the address is shut, whether or not such an account exists.
 */
export async function takeAttempt(office: Office, attempt: Attempt): Promise<void> {
  const now = office.clock();
  const from = { now, failuresMax: ADDRESS_FAILURES_MAX };
  // The address first: one that is shut must not be able to shut accounts.
  if (await take(office, `address:${attempt.address}`, from)) {
    const to = { now, failuresMax: ACCOUNT_FAILURES_MAX };
    if (await take(office, accountScope(attempt), to)) return;
  }
  throw new Problem('limit', 'too many failed attempts to sign in', {
    hint: `wait ${LOCK_OUT_MINUTES} minutes`,
  });
}

/** Drops what counts no more, so that guesses at made-up names do not pile up. */
export async function pruneAttempts(office: Office): Promise<void> {
  const now = office.clock();
  await office.pool.query(PRUNE, [new Date(now - WINDOW_MS), new Date(now)]);
}

/** Forgets an account's failures after a success, and takes the attempt back from the address. */
export async function forgiveAttempt(office: Office, attempt: Attempt): Promise<void> {
  await office.pool.query(CLEAR, [accountScope(attempt)]);
  await office.pool.query(RETURN, [`address:${attempt.address}`]);
}

/**
 * Stands for the name that was typed: it may be a password in the wrong field. 32 bits keep the names that are guessed at apart and are
 * too few to tell which text it was.
 */
function accountScope({ account }: Attempt): string {
  return `account:${hash('sha256', account).slice(0, 8)}`;
}

type Rule = { readonly now: number; readonly failuresMax: number };

async function take(office: Office, scope: string, rule: Rule): Promise<boolean> {
  const { rowCount } = await office.pool.query(TAKE, [
    scope,
    new Date(rule.now),
    new Date(rule.now - WINDOW_MS),
    rule.failuresMax,
    new Date(rule.now + WINDOW_MS),
  ]);
  return rowCount === 1;
}
