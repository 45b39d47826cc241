import { NAME_BYTES_MAX } from '#base/limits';
import { Problem } from '#base/problem';

/** How a connection to a source is protected, as libpq's sslmode names it (PostgreSQL 34.19). */
export const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** Where a source system is and who logs in there; no secret in it. */
export type Address = {
  /** Host name or address in lower case, or the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: TlsMode;
};

const PARAMETERS = new Set(['sslmode', 'host', 'port', 'user', 'dbname']);
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?|\[?[0-9a-f:.]{2,45}\]?)$/u;
const SOCKET_DIRECTORY = /^\/[\x20-\x7e]{0,90}$/u;
/** Where nothing is said: TLS with a verified name, or none on a socket of the same machine. */
const TLS_DEFAULT = 'verify-full';
const PORT_DEFAULT = 5432;

/**
 * The address a connection string names (`postgresql://user@host:5432/database?sslmode=verify-full`). Throws `invalid`
 * for anything it does not understand, and for a password: those belong in a file, the environment or the request's
 * own field, where no log and no process list shows them. The text is never repeated.
 */
export function addressFrom(connection: string): Address {
  const url = URL.parse(connection);
  if (url === null || !/^postgres(?:ql)?:$/u.test(url.protocol))
    throw malformed('the form of a URL');
  refusePassword(url);
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name)) throw malformed(`no parameter \`${name.slice(0, 40)}\``);
    if (url.searchParams.getAll(name).length > 1) throw malformed(`\`${name}\` once`);
  }
  const host = hostOf(url);
  return {
    host,
    port: portOf(url),
    database: nameOf(parameter(url, 'dbname') ?? decoded(url.pathname.slice(1)), 'a database'),
    user: nameOf(parameter(url, 'user') ?? decoded(url.username), 'a user'),
    tls: tlsOf(url, host),
  };
}

function refusePassword(url: URL): void {
  const named = [...url.searchParams.keys()].some((name) => /pass|sslkey|secret/iu.test(name));
  if (url.password === '' && !named) return;
  throw new Problem('invalid', 'connection string expected no password', {
    hint: 'give the password by file, by environment variable or in the field `password`, and change this one: it may be in logs by now',
  });
}

function hostOf(url: URL): string {
  const host = parameter(url, 'host') ?? decoded(url.hostname);
  const lower = host.startsWith('/') ? host : host.toLowerCase();
  if (!HOST.test(lower) && !SOCKET_DIRECTORY.test(lower)) throw malformed('one host');
  return lower.replaceAll(/^\[|\]$/gu, '');
}

function portOf(url: URL): number {
  const text = parameter(url, 'port') ?? url.port;
  if (text === '') return PORT_DEFAULT;
  const port = Number(text);
  if (!/^\d{1,5}$/u.test(text) || port < 1 || port > 65_535)
    throw malformed('a port from 1 to 65535');
  return port;
}

function tlsOf(url: URL, host: string): TlsMode {
  if (host.startsWith('/')) return 'disable';
  const text = parameter(url, 'sslmode') ?? TLS_DEFAULT;
  const mode = TLS_MODES.find((known) => known === text);
  if (mode === undefined) throw malformed(`\`sslmode\` one of ${TLS_MODES.join(', ')}`);
  return mode;
}

function nameOf(text: string, what: string): string {
  const sizeBytes = Buffer.byteLength(text);
  // eslint-disable-next-line no-control-regex
  if (sizeBytes < 1 || sizeBytes > NAME_BYTES_MAX || /[\u0000-\u001f\u007f]/u.test(text)) {
    throw malformed(`${what} of 1 to ${NAME_BYTES_MAX} bytes`);
  }
  return text;
}

function parameter(url: URL, name: string): string | null {
  return url.searchParams.get(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('percent signs that encode something');
  }
}

function malformed(expected: string): Problem {
  return new Problem('invalid', `connection string expected ${expected}`, {
    hint: 'for example `postgresql://reader@db.example:5432/clinic?sslmode=verify-full`',
  });
}

/** How a person reads where a system is: no user, no secret. */
export function placeOf(address: Pick<Address, 'host' | 'port' | 'database'>): string {
  const { host, port, database } = address;
  return host.startsWith('/') ? `${host}:${port}/${database}` : `${host}:${port}/${database}`;
}

const SYSTEM_NAME = /^[a-z][a-z0-9_-]{0,47}$/u;

/** The name of a system: what clients give as database name; short enough for `privet_gate_<name>`. Throws `invalid`. */
export function systemName(text: string): string {
  if (SYSTEM_NAME.test(text)) return text;
  throw new Problem('invalid', 'system name expected 1 to 48 of `a-z 0-9 _ -`, a letter first');
}
