import type { Client } from 'pg';
import type { Secret } from '#base/secret';
import { Problem } from '#base/problem';
import { sqlStateOf } from '#platform/db';
import { SOURCES, connectPostgres } from '#plane/egress';
import type { Egress, TlsWish } from '#plane/egress';
import { placeOf } from './address.ts';
import type { Address, TlsMode } from './address.ts';
import { sourceProblem } from './fault.ts';
import { CONNECT_MS_MAX, STATEMENT_MS_MAX } from './limits.ts';

/** Everything a log-in at a source needs; lives in memory only. */
export type Credentials = {
  readonly address: Address;
  readonly password: Secret | null;
  /** PEM of the authorities to believe; null for the system's. */
  readonly authorities: string | null;
};

export type SourceClient = Client;

/**
 * Runs `work` on a connection of our own to a source, with nothing on its search path but pg_catalog, and closes it.
 * Throws one of the faults of `fault.ts`; the server's own words stay in the cause.
 */
export async function withSource<T>(
  egress: Pick<Egress, 'connect'>,
  credentials: Credentials,
  work: (client: SourceClient) => Promise<T>,
): Promise<T> {
  const client = await connectSource(egress, credentials, STATEMENT_MS_MAX);
  try {
    return await work(client);
  } catch (thrown) {
    throw thrown instanceof Problem ? thrown : statementProblem(thrown, credentials.address);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * A connection of our own to a source, with nothing on its search path but pg_catalog; the caller ends it. Its
 * statements end after `statementMs`. Throws one of the faults of `fault.ts`.
 */
export async function connectSource(
  egress: Pick<Egress, 'connect'>,
  credentials: Credentials,
  statementMs: number,
): Promise<SourceClient> {
  const client = await connect(egress, credentials, statementMs);
  try {
    await client.query('set search_path = pg_catalog');
    return client;
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw statementProblem(thrown, credentials.address);
  }
}

async function connect(
  egress: Pick<Egress, 'connect'>,
  credentials: Credentials,
  statementMs: number,
): Promise<SourceClient> {
  const { address } = credentials;
  const tls = tlsOptions(address.tls, credentials);
  try {
    return await logIn(egress, credentials, { tls, statementMs });
  } catch (thrown) {
    if (address.tls === 'prefer' && noTls(thrown)) {
      try {
        return await logIn(egress, credentials, { tls: null, statementMs });
      } catch (again) {
        throw connectProblem(again, address);
      }
    }
    throw connectProblem(thrown, address);
  }
}

function logIn(
  egress: Pick<Egress, 'connect'>,
  { address, password }: Credentials,
  { tls, statementMs }: { readonly tls: TlsWish | null; readonly statementMs: number },
): Promise<SourceClient> {
  const target = { ...SOURCES, host: address.host, port: address.port };
  const config = {
    database: address.database,
    user: address.user,
    // A missing password must not be looked for in the environment or in ~/.pgpass of whoever runs the plane.
    password: password?.reveal() ?? '',
    application_name: 'privet',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: statementMs,
    query_timeout: statementMs + 5_000,
  };
  return connectPostgres(egress, target, { tls, config });
}

/** TLS as libpq's modes mean it (PostgreSQL 34.19.1): only the verify modes look at the certificate. */
function tlsOptions(mode: TlsMode, { address, authorities }: Credentials): TlsWish | null {
  if (mode === 'disable' || address.host.startsWith('/')) return null;
  const base = authorities === null ? {} : { ca: authorities };
  if (mode === 'prefer' || mode === 'require') return { ...base, rejectUnauthorized: false };
  if (mode === 'verify-ca') {
    return { ...base, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { ...base, rejectUnauthorized: true };
}

function noTls(thrown: unknown): boolean {
  return thrown instanceof Error && /does not support SSL/u.test(thrown.message);
}

/** What the driver says when SCRAM is asked for and there is no password. */
function wantsPassword(thrown: unknown): boolean {
  return thrown instanceof Error && /client password must be/u.test(thrown.message);
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/u;

function connectProblem(thrown: unknown, address: Address): Problem {
  const place = placeOf(address);
  const state = sqlStateOf(thrown) ?? '';
  const code = codeOf(thrown);
  if (thrown instanceof Problem && thrown.code === 'denied') {
    const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
    return sourceProblem('unreachable', thrown.message, { ...hint, cause: thrown });
  }
  if (noTls(thrown)) {
    return sourceProblem('tls-failure', `\`${place}\` does not offer TLS`, {
      hint: 'switch TLS on at the server, or register it with `sslmode=disable` if its network is trusted',
      cause: thrown,
    });
  }
  if (TLS_CODES.test(code)) {
    return sourceProblem('tls-failure', `TLS to \`${place}\` failed (${code})`, {
      hint: 'give the certificate of the authority that signed the server’s, or check the host name in it',
      cause: thrown,
    });
  }
  if (wantsPassword(thrown)) {
    return sourceProblem('bad-password', `\`${place}\` asks \`${address.user}\` for a password`, {
      hint: 'give it by file or environment variable',
      cause: thrown,
    });
  }
  if (state === '28P01') {
    return sourceProblem(
      'bad-password',
      `\`${place}\` refuses the password of \`${address.user}\``,
      {
        hint: 'check user and password, and that the role may log in',
        cause: thrown,
      },
    );
  }
  if (state === '28000') return refusedLogin(thrown, address);
  if (state === '3D000') {
    return sourceProblem('missing-database', `\`${place}\`: there is no database of that name`, {
      cause: thrown,
    });
  }
  if (state === '42501') {
    const hint = `grant it: \`GRANT CONNECT ON DATABASE … TO …\``;
    return sourceProblem(
      'missing-privilege',
      `\`${address.user}\` may not connect to \`${place}\``,
      {
        hint,
        cause: thrown,
      },
    );
  }
  return sourceProblem('unreachable', `\`${place}\` cannot be reached`, {
    hint:
      state === '' ? 'check host, port and firewall' : `the server answered with SQLSTATE ${state}`,
    cause: thrown,
  });
}

/** 28000 is for roles that do not exist or may not log in, and for hosts pg_hba.conf does not let in. */
function refusedLogin(thrown: unknown, address: Address): Problem {
  const place = placeOf(address);
  if (thrown instanceof Error && /no encryption|SSL off/u.test(thrown.message)) {
    return sourceProblem('tls-failure', `\`${place}\` lets nobody in without TLS`, {
      hint: 'register it with `sslmode=verify-full`',
      cause: thrown,
    });
  }
  return sourceProblem('bad-password', `\`${place}\` refuses \`${address.user}\``, {
    hint: 'check that the role exists, may log in, and that pg_hba.conf lets this machine in',
    cause: thrown,
  });
}

function statementProblem(thrown: unknown, address: Address): Problem {
  const place = placeOf(address);
  const state = sqlStateOf(thrown);
  if (state === '42501') {
    return sourceProblem(
      'missing-privilege',
      `\`${address.user}\` lacks a privilege at \`${place}\``,
      {
        cause: thrown,
      },
    );
  }
  if (state === undefined || state.startsWith('08') || state.startsWith('57P')) {
    return sourceProblem('unreachable', `the connection to \`${place}\` was lost`, {
      cause: thrown,
    });
  }
  return sourceProblem('failed', `\`${place}\` refuses a statement of ours (${state})`, {
    cause: thrown,
  });
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
