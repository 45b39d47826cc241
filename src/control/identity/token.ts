import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { lineOf } from './name.ts';
import { touch } from './revision.ts';
import { scramVerifier } from './scram.ts';
import { digestOf, newSecret } from './secret.ts';
import { credentialsOf } from './subject.ts';
import { momentOf } from './work.ts';
import type { Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-token.sql');
const LIST = statement(import.meta.url, 'sql/list-tokens.sql');
const COUNT = statement(import.meta.url, 'sql/count-live-tokens.sql');
const REVOKE = statement(import.meta.url, 'sql/revoke-token.sql');

/** A token nobody remembers making is a hole: none lives longer than a year. */
export const TOKEN_DAYS_MAX = 366;
/** What a token gets when nobody says how long. */
export const TOKEN_DAYS_DEFAULT = 90;
/** Each live token is one more verifier in every bundle. */
const LIVE_TOKENS_MAX = 50;
const DAY_MS = 86_400_000;

/** A token as it may be listed; its text is shown once, when it is made. */
export type Token = {
  readonly id: Id<'tok'>;
  readonly subject: string;
  readonly label: string;
  readonly state: 'live' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
};

export type TokenSpec = {
  readonly subject: string;
  readonly label: string;
  readonly days?: number | undefined;
};

/** A token just made, with the text that is never shown again. */
export type NewToken = {
  readonly id: Id<'tok'>;
  readonly subject: string;
  readonly text: string;
  readonly expiresAt: string;
};

/** Makes a token of a subject; throws `invalid` for a life out of bounds, `limit` when the subject has too many. */
export async function createToken(work: Work, spec: TokenSpec): Promise<NewToken> {
  const subject = await credentialsOf(work.tx, spec.subject);
  await requireRoom(work, subject.id);
  const expires = momentOf(work, lifeOf(spec) * DAY_MS);
  const text = newSecret('privet_pat_', work.random);
  const id = newId('tok', work);
  const scram = JSON.stringify(await scramVerifier(text, work.random));
  const label = lineOf(spec.label, 'token label');
  const row = [id, subject.id, label, digestOf(text), scram, momentOf(work), expires];
  await work.tx.query(INSERT, row);
  await recordAct(work, { action: 'token-created', target: `${subject.name} ${id}` });
  await touch(work.tx);
  return { id, subject: subject.name, text, expiresAt: expires.toISOString() };
}

/** A subject's tokens, newest first. */
export async function listTokens(
  tx: Queryable,
  subject: string,
  nowMs: number,
): Promise<readonly Token[]> {
  const { id } = await credentialsOf(tx, subject);
  const { rows } = await tx.query<TokenRow>(LIST, [id]);
  return rows.map((row) => tokenOf(row, nowMs));
}

/** Ends a token at once; `ownerId` limits it to that subject's. Throws `not-found`, also for a revoked one. */
export async function revokeToken(work: Work, id: string, ownerId?: string): Promise<void> {
  const values = [id, ownerId ?? null, momentOf(work)];
  const { rows } = await work.tx.query<{ subject: string }>(REVOKE, values);
  if (rows[0] === undefined) throw new Problem('not-found', 'no live token has that id');
  await recordAct(work, { action: 'token-revoked', target: `${rows[0].subject} ${id}` });
  await touch(work.tx);
}

function lifeOf(spec: TokenSpec): number {
  const days = spec.days ?? TOKEN_DAYS_DEFAULT;
  if (Number.isInteger(days) && days >= 1 && days <= TOKEN_DAYS_MAX) return days;
  throw new Problem('invalid', `token life expected 1 to ${TOKEN_DAYS_MAX} days, got ${days}`);
}

async function requireRoom(work: Work, subjectId: string): Promise<void> {
  const { rows } = await work.tx.query<{ live: number }>(COUNT, [subjectId, momentOf(work)]);
  if ((rows[0]?.live ?? 0) < LIVE_TOKENS_MAX) return;
  throw new Problem('limit', `a subject has at most ${LIVE_TOKENS_MAX} live tokens`, {
    hint: 'revoke one that is not used: `privet token list` shows when each was last used',
  });
}

type TokenRow = {
  readonly id: Id<'tok'>;
  readonly subject: string;
  readonly label: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
};

function tokenOf(row: TokenRow, nowMs: number): Token {
  const live = row.expires_at.getTime() > nowMs ? 'live' : 'expired';
  return {
    id: row.id,
    subject: row.subject,
    label: row.label,
    state: row.revoked_at === null ? live : 'revoked',
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}
