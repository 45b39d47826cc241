import { Problem } from '#base/problem';
import { statement } from '#platform/db';
import { recordAct } from './act.ts';
import { forgiveAttempt, pruneAttempts, takeAttempt } from './attempt.ts';
import { verifyPassword } from './password.ts';
import { openSession } from './session.ts';
import type { NewSession, SessionKind } from './session.ts';
import type { Credentials } from './subject.ts';
import { inWork } from './work.ts';
import type { Asker, Office } from './work.ts';

const FIND = statement(import.meta.url, 'sql/find-subject.sql');

/** What somebody types to sign in, and from where. */
export type SignInRequest = Omit<Asker, 'actor'> & {
  readonly name: string;
  readonly password: string;
  readonly kind: SessionKind;
};

export type SignedIn = {
  readonly subject: Pick<Credentials, 'id' | 'name'>;
  readonly passwordTemporary: boolean;
  readonly session: NewSession;
};

/** What typed as a name is kept in the trail only when somebody is called so: it may be a password in the wrong place. */
const NOBODY = 'unknown';

/**
 * Checks a password and opens a session. Throws `unauthenticated` with one message and after the same work whether the
 * name is unknown, the password wrong or the account shut, and `limit` after too many failures.
 */
export async function signIn(office: Office, request: SignInRequest): Promise<SignedIn> {
  const account = request.name.toLowerCase().slice(0, 64);
  const attempt = { account, address: request.address };
  await takeAttempt(office, attempt);
  const subject = await findByName(office, account);
  const right = await verifyPassword(subject?.password_hash ?? null, request.password);
  const { requestId, address } = request;
  if (subject === undefined || !right || subject.state !== 'active') {
    const asker = { actor: actorOf(subject), requestId, address };
    await inWork(office, asker, (work) =>
      recordAct(work, { action: 'session-refused', target: subject?.name ?? NOBODY }),
    );
    await pruneAttempts(office);
    throw new Problem('unauthenticated', 'user name or password is wrong');
  }
  await forgiveAttempt(office, attempt);
  const session = await inWork(office, { actor: subject, requestId, address }, (work) =>
    openSession(work, subject, request.kind),
  );
  return { subject, passwordTemporary: subject.password_temporary, session };
}

/**
 * Throws `unauthenticated` unless the password is the subject's own; for acts that ask for it again. Counts as an
 * attempt to sign in.
 */
export async function confirmPassword(
  office: Office,
  request: Omit<SignInRequest, 'kind'>,
): Promise<void> {
  const attempt = { account: request.name, address: request.address };
  await takeAttempt(office, attempt);
  const subject = await findByName(office, request.name);
  if (!(await verifyPassword(subject?.password_hash ?? null, request.password))) {
    throw new Problem('unauthenticated', 'the current password is wrong');
  }
  await forgiveAttempt(office, attempt);
}

async function findByName(office: Office, name: string): Promise<Credentials | undefined> {
  const { rows } = await office.pool.query<Credentials>(FIND, [name]);
  return rows[0]?.name === name ? rows[0] : undefined;
}

function actorOf(subject: Credentials | undefined) {
  return subject === undefined ? { id: NOBODY, name: NOBODY } : subject;
}
