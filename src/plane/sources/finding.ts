import type { Survey } from './introspect.ts';
import type { Credentials } from './connect.ts';

/** Something about a system that a person should look at; `blocking` ones keep it from being called hardened. */
export type Finding = {
  readonly severity: 'blocking' | 'warning';
  readonly kind:
    | 'superuser'
    | 'bypass-rls'
    | 'replication'
    | 'writable'
    | 'sees-more'
    | 'no-tls'
    | 'unverified-tls'
    | 'readable'
    | 'creates'
    | 'temporary'
    | 'function'
    | 'definer-function'
    | 'system-function'
    | 'member'
    | 'attribute';
  readonly message: string;
  /** What the owner of the database can run to settle it; empty when it is not settled by a statement. */
  readonly statement: string;
};

/** What the registered role can do beyond reading what is registered, and how its connection is protected. */
export function roleFindings(survey: Survey, credentials: Credentials): readonly Finding[] {
  const { server } = survey;
  const role = `\`${server.role}\``;
  return [
    ...warning(
      server.superuser,
      'superuser',
      `${role} is a superuser: register a role that may only read`,
    ),
    ...warning(server.bypassRls, 'bypass-rls', `${role} bypasses row security`),
    ...warning(server.replication, 'replication', `${role} may replicate the whole server`),
    ...warning(
      survey.writable > 0,
      'writable',
      `${role} may change ${survey.writable} of the registered tables`,
    ),
    ...warning(
      survey.beyond > 0,
      'sees-more',
      `${role} may read ${survey.beyond} tables outside of the registered schemas`,
    ),
    ...tlsFindings(credentials),
  ];
}

function tlsFindings({ address }: Credentials): readonly Finding[] {
  const local = /^(?:\/|127\.|::1$|localhost$)/u.test(address.host);
  if (local) return [];
  const open = address.tls === 'disable' || address.tls === 'prefer';
  return [
    ...warning(open, 'no-tls', 'data and log-in may travel without TLS: use `sslmode=verify-full`'),
    ...warning(
      address.tls === 'require',
      'unverified-tls',
      'the server’s certificate is not checked: use `sslmode=verify-full`',
    ),
  ];
}

function warning(holds: boolean, kind: Finding['kind'], message: string): readonly Finding[] {
  return holds ? [{ severity: 'warning', kind, message, statement: '' }] : [];
}
