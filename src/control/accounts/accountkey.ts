import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { digestOf, momentOf, newSecret, recordAct, touch } from '#control/identity';
import type { Work } from '#control/identity';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { findAccount } from './account.ts';

const INSERT = statement(import.meta.url, 'sql/insert-account-key.sql');
const LIST = statement(import.meta.url, 'sql/list-account-keys.sql');
const END = statement(import.meta.url, 'sql/end-account-key.sql');
const INSERT_API = statement(import.meta.url, 'sql/insert-api-key.sql');
const LIST_API = statement(import.meta.url, 'sql/list-api-keys.sql');
const END_API = statement(import.meta.url, 'sql/end-api-key.sql');
const COUNT = statement(import.meta.url, 'sql/count-account-keys.sql');
const PUT_ACCOUNT = statement(import.meta.url, 'sql/put-account.sql');

/** Keys of all kinds one account may have alive: each is looked at when it proves itself. */
const KEYS_MAX = 20;
/** RS256 asks for 2,048 bits at least (RFC 7518 §3.3). */
const MODULUS_BITS_MIN = 2_048;
const MODULUS_BITS_MAX = 8_192;
/** No key outlives five years; rotate long before. */
export const KEY_DAYS_MAX = 5 * 366;
const KEY_DAYS_DEFAULT = 366;
/** Longest time for which a rotated key still works beside the new one. */
export const OVERLAP_HOURS_MAX = 7 * 24;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What a key is for: asking for bearer tokens, signing data tokens, or being shown as it is. */
export type AccountKeyUse = 'assertion' | 'signed-token' | 'api';

/** A key as it may be listed. */
export type AccountKey = {
  readonly id: Id<'key'>;
  readonly use: AccountKeyUse;
  readonly state: 'live' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly expiresAt: string;
};

/** A key just made; `secret` is a private key in PEM or an API key, shown now and kept nowhere. */
export type NewAccountKey = AccountKey & {
  readonly account: { readonly id: Id<'sub'>; readonly name: string };
  /** Null when the caller brought a public key of its own. */
  readonly secret: string | null;
};

export type AccountKeySpec = {
  readonly use: AccountKeyUse;
  /** SubjectPublicKeyInfo in PEM; without it a pair is made here and the private half is shown once. */
  readonly publicKey?: string | undefined;
  readonly days?: number | undefined;
};

const generate = promisify(generateKeyPair);

/** Makes a key of a service account; throws `invalid` for a public key that is not RSA of 2,048 bits or more. */
export async function createAccountKey(
  work: Work,
  name: string,
  spec: AccountKeySpec,
): Promise<NewAccountKey> {
  const account = await findAccount(work.tx, name);
  await work.tx.query(PUT_ACCOUNT, [account.id]);
  await requireRoom(work, account.id);
  const id = newId('key', work);
  const expires = momentOf(work, lifeOf(spec) * DAY_MS);
  const secret = await storeKey(work, spec, [id, account.id, expires]);
  await recordAct(work, { action: 'account-key-created', target: `${account.name} ${id}` });
  await touch(work.tx);
  const { use } = spec;
  const [createdAt, expiresAt] = [momentOf(work).toISOString(), expires.toISOString()];
  const { id: subject, name: called } = account;
  return {
    id,
    use,
    state: 'live',
    createdAt,
    expiresAt,
    account: { id: subject, name: called },
    secret,
  };
}

async function storeKey(
  work: Work,
  spec: AccountKeySpec,
  [id, subject, expires]: readonly [string, string, Date],
): Promise<string | null> {
  if (spec.use === 'api') {
    const secret = newSecret('sky-', work.random);
    await work.tx.query(INSERT_API, [id, subject, digestOf(secret), momentOf(work), expires]);
    return secret;
  }
  const pair =
    spec.publicKey === undefined ? await newPair() : { ...checkedKey(spec.publicKey), pem: null };
  await work.tx.query(INSERT, [id, subject, spec.use, pair.der, momentOf(work), expires]);
  return pair.pem;
}

async function newPair(): Promise<{ readonly der: Buffer; readonly pem: string }> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: MODULUS_BITS_MIN });
  return {
    der: publicKey.export({ type: 'spki', format: 'der' }),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function checkedKey(pem: string): { readonly der: Buffer } {
  const expected = `public key expected RSA of ${MODULUS_BITS_MIN} to ${MODULUS_BITS_MAX} bits in PEM`;
  const key = readKey(pem);
  const bits =
    key?.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (key === null || bits < MODULUS_BITS_MIN || bits > MODULUS_BITS_MAX) {
    throw new Problem('invalid', expected);
  }
  return { der: key.export({ type: 'spki', format: 'der' }) };
}

function readKey(pem: string): ReturnType<typeof createPublicKey> | null {
  // A private key would be read as well, and must not be sent here in the first place.
  if (!pem.includes('BEGIN PUBLIC KEY')) return null;
  try {
    return createPublicKey(pem);
  } catch {
    return null;
  }
}

/** An account's keys of one use, oldest first. */
export async function listAccountKeys(
  work: { readonly tx: Queryable; readonly nowMs: number },
  name: string,
  use: AccountKeyUse,
): Promise<readonly AccountKey[]> {
  const { id } = await findAccount(work.tx, name);
  const { rows } =
    use === 'api'
      ? await work.tx.query<KeyRow>(LIST_API, [id])
      : await work.tx.query<KeyRow>(LIST, [id, use]);
  return rows.map((row) => {
    const live = row.expires_at.getTime() > work.nowMs ? 'live' : 'expired';
    return {
      id: row.id,
      use,
      state: row.revoked_at === null ? live : 'revoked',
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
    };
  });
}

/** Which key of which account. */
export type KeyName = {
  readonly account: string;
  readonly use: AccountKeyUse;
  readonly id: string;
};

/** Ends a key, now or after some hours; throws `not-found` when no live key of the account has that id. */
export async function endAccountKey(work: Work, key: KeyName, afterHours = 0): Promise<void> {
  const account = await findAccount(work.tx, key.account);
  const values = [key.id, account.id, momentOf(work, afterHours * HOUR_MS), momentOf(work)];
  const { rowCount } = await work.tx.query(key.use === 'api' ? END_API : END, values);
  if (rowCount === 0) throw new Problem('not-found', 'no live key of the account has that id');
  await recordAct(work, { action: 'account-key-revoked', target: `${account.name} ${key.id}` });
  await touch(work.tx);
}

/** A new key in place of another, which works for `overlapHours` more. */
export async function rotateAccountKey(
  work: Work,
  key: KeyName,
  spec: Omit<AccountKeySpec, 'use'> & { readonly overlapHours: number },
): Promise<NewAccountKey> {
  if (spec.overlapHours < 0 || spec.overlapHours > OVERLAP_HOURS_MAX) {
    throw new Problem('invalid', `overlap expected 0 to ${OVERLAP_HOURS_MAX} hours`);
  }
  await endAccountKey(work, key, spec.overlapHours);
  return createAccountKey(work, key.account, { ...spec, use: key.use });
}

function lifeOf({ days = KEY_DAYS_DEFAULT }: AccountKeySpec): number {
  if (Number.isInteger(days) && days >= 1 && days <= KEY_DAYS_MAX) return days;
  throw new Problem('invalid', `key life expected 1 to ${KEY_DAYS_MAX} days`);
}

async function requireRoom(work: Work, subjectId: string): Promise<void> {
  const { rows } = await work.tx.query<{ live: number }>(COUNT, [subjectId, momentOf(work)]);
  if ((rows[0]?.live ?? 0) < KEYS_MAX) return;
  throw new Problem('limit', `a service account has at most ${KEYS_MAX} live keys`, {
    hint: 'revoke one that is not used',
  });
}

type KeyRow = {
  readonly id: Id<'key'>;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
};
