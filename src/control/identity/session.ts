import type { Permission } from '#boundary';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import { recordAct } from './act.ts';
import { digestOf, newSecret } from './secret.ts';
import type { Credentials, SubjectKind } from './subject.ts';
import { momentOf } from './work.ts';
import type { Office, Work } from './work.ts';

const INSERT = statement(import.meta.url, 'sql/insert-session.sql');
const USE = statement(import.meta.url, 'sql/use-session.sql');
const SEEN = statement(import.meta.url, 'sql/mark-session-seen.sql');
const LIST = statement(import.meta.url, 'sql/list-sessions.sql');
const END = statement(import.meta.url, 'sql/end-session.sql');
const PRUNE = statement(import.meta.url, 'sql/prune-sessions.sql');
const USE_TOKEN = statement(import.meta.url, 'sql/use-token.sql');
const TOKEN_USED = statement(import.meta.url, 'sql/mark-token-used.sql');

/** A browser left alone is signed out after an hour, a terminal after a working day; both start anew each day. */
export const SESSION_IDLE_MINUTES: Readonly<Record<SessionKind, number>> = {
  cookie: 60,
  bearer: 480,
};
export const SESSION_HOURS_MAX = 12;
/** Use is written down at most this often, so that reading does not mean writing. */
const SEEN_EVERY_MS = 60_000;

/** How a session's secret travels: a browser's cookie or the CLI's `Authorization: Bearer`. */
export type SessionKind = 'cookie' | 'bearer';

export type Session = {
  readonly id: Id<'ses'>;
  readonly kind: SessionKind;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
  readonly address: string;
};

export type NewSession = {
  readonly id: Id<'ses'>;
  readonly secret: string;
  readonly expiresAt: string;
};

/** Somebody whose credential was accepted, and what they may do. */
export type Caller = {
  readonly id: Id<'sub'>;
  readonly name: string;
  readonly kind: SubjectKind;
  readonly permissions: readonly Permission[];
  readonly via: SessionKind | 'token';
  /** The session or token that was shown. */
  readonly credential: string;
  /** Signed in with a password somebody else chose: may only choose another. */
  readonly passwordTemporary: boolean;
};

/** Opens a session for a subject whose password was right. */
export async function openSession(
  work: Work,
  subject: Pick<Credentials, 'id' | 'name'>,
  kind: SessionKind,
): Promise<NewSession> {
  const id = newId('ses', work);
  const secret = newSecret('privet_ses_', work.random);
  const expires = momentOf(work, SESSION_HOURS_MAX * 3_600_000);
  const row = [id, subject.id, kind, digestOf(secret), momentOf(work), expires, work.address];
  await work.tx.query(PRUNE, [momentOf(work)]);
  await work.tx.query(INSERT, row);
  await recordAct(work, { action: 'session-opened', target: subject.name });
  return { id, secret, expiresAt: expires.toISOString() };
}

/** Whose secret that is: a session's, or a personal access token's. Throws `unauthenticated` for any other. */
export async function authenticate(office: Office, secret: string): Promise<Caller> {
  const caller = secret.startsWith('privet_pat_')
    ? await byToken(office, secret)
    : await bySession(office, secret);
  if (caller === undefined) {
    throw new Problem('unauthenticated', 'the session or token is not valid, or has ended', {
      hint: 'sign in again',
    });
  }
  return caller;
}

/** A subject's open sessions, newest first. */
export async function listSessions(
  tx: Queryable,
  subjectId: string,
  nowMs: number,
): Promise<readonly Session[]> {
  const { rows } = await tx.query<SessionRow>(LIST, [subjectId, new Date(nowMs)]);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    createdAt: row.created_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    address: row.address,
  }));
}

/** Ends one session of a subject; throws `not-found` when it has no such session. */
export async function endSession(tx: Queryable, id: string, subjectId: string): Promise<void> {
  const { rowCount } = await tx.query(END, [id, subjectId]);
  if (rowCount === 0) throw new Problem('not-found', 'no session has that id');
}

async function bySession(office: Office, secret: string): Promise<Caller | undefined> {
  const now = office.clock();
  const { rows } = await office.pool.query<UsedSession>(USE, [digestOf(secret), new Date(now)]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const idleMs = now - row.seen_at.getTime();
  if (idleMs > SESSION_IDLE_MINUTES[row.session_kind] * 60_000) return undefined;
  if (idleMs > SEEN_EVERY_MS) await office.pool.query(SEEN, [row.id, new Date(now)]);
  return callerOf(row, row.session_kind, row.password_temporary);
}

async function byToken(office: Office, secret: string): Promise<Caller | undefined> {
  const now = office.clock();
  const { rows } = await office.pool.query<UsedToken>(USE_TOKEN, [digestOf(secret), new Date(now)]);
  const row = rows[0];
  if (row === undefined) return undefined;
  if (now - (row.last_used_at?.getTime() ?? 0) > SEEN_EVERY_MS) {
    await office.pool.query(TOKEN_USED, [row.id, new Date(now)]);
  }
  return callerOf(row, 'token', false);
}

function callerOf(row: UsedRow, via: Caller['via'], passwordTemporary: boolean): Caller {
  return {
    id: row.subject_id,
    name: row.name,
    kind: row.kind,
    permissions: row.permissions,
    via,
    credential: row.id,
    passwordTemporary,
  };
}

type SessionRow = {
  readonly id: Id<'ses'>;
  readonly kind: SessionKind;
  readonly created_at: Date;
  readonly seen_at: Date;
  readonly expires_at: Date;
  readonly address: string;
};

type UsedRow = {
  readonly id: string;
  readonly subject_id: Id<'sub'>;
  readonly name: string;
  readonly kind: SubjectKind;
  readonly permissions: readonly Permission[];
};

type UsedSession = UsedRow & {
  readonly session_kind: SessionKind;
  readonly seen_at: Date;
  readonly password_temporary: boolean;
};

type UsedToken = UsedRow & { readonly last_used_at: Date | null };
