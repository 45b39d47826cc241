import { Problem } from '#base/problem';
import { isVirtual, type VirtualName } from './virtual.ts';

/** What a client may set when it connects and the source then holds; lower-case names as PostgreSQL compares them. */
const FORWARDED: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'datestyle',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'intervalstyle',
  'jit',
  'lock_timeout',
  'timezone',
]);

/** What the gateway sets for every session, whatever a client asks: what the planner takes for granted. */
const PINNED: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
  ['default_transaction_read_only', 'on'],
  ['search_path', 'pg_catalog'],
  ['row_security', 'on'],
  ['transform_null_equals', 'off'],
]);

/** Settings the source reports by itself and that end the session when they change. */
const WATCHED: ReadonlySet<string> = new Set([
  'client_encoding',
  'standard_conforming_strings',
  'default_transaction_read_only',
  'session_authorization',
  'is_superuser',
  'search_path',
]);

/** What a start-up asks for, sorted. */
export type StartupWishes = {
  readonly user: string;
  readonly database: string;
  readonly forwarded: ReadonlyMap<string, string>;
  readonly virtual: Partial<Record<VirtualName, string>>;
  /** Statement time the client asked for, in ms. */
  readonly statementTimeoutMs: number | null;
};

/** Sorts start-up parameters (protocol 55.2.1); throws `unsupported` for those that are not on the list. */
export function wishesOf(parameters: ReadonlyMap<string, string>): StartupWishes {
  const forwarded = new Map<string, string>();
  const virtual: Partial<Record<VirtualName, string>> = {};
  let statementTimeoutMs: number | null = null;
  const user = parameters.get('user') ?? '';
  if (user === '') throw new Problem('invalid', 'start-up expected a user name, got none');
  for (const [given, value] of [
    ...plainParameters(parameters),
    ...optionsOf(parameters.get('options') ?? ''),
  ]) {
    const name = given.toLowerCase();
    if (isVirtual(name)) virtual[name] = value;
    else if (name === 'client_encoding') checkEncoding(value);
    else if (name === 'statement_timeout') statementTimeoutMs = timeoutOf(value);
    else if (FORWARDED.has(name)) forwarded.set(name, value);
    else if (PINNED.get(name) !== value) throw notAllowed(given);
  }
  return {
    user,
    database: parameters.get('database') ?? user,
    forwarded,
    virtual,
    statementTimeoutMs,
  };
}

function plainParameters(parameters: ReadonlyMap<string, string>): [string, string][] {
  return [...parameters].filter(
    ([name, value]) =>
      name !== 'user' && name !== 'database' && name !== 'options' && !isNoReplication(name, value),
  );
}

function isNoReplication(name: string, value: string): boolean {
  return name === 'replication' && ['false', 'off', 'no', '0'].includes(value.toLowerCase());
}

/** `-c name=value`, `-cname=value` and `--name=value` of an options text; backslash keeps a space (libpq 34.1.2). */
export function optionsOf(options: string): [string, string][] {
  const words = options.match(/(?:\\[^]|[^\s\\])+/gu) ?? [];
  const found: [string, string][] = [];
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').replaceAll(/\\([^])/gu, '$1');
    const setting =
      word === '-c' ? words[++at]?.replaceAll(/\\([^])/gu, '$1') : word.replace(/^(?:-c|--)/u, '');
    const equals = setting?.indexOf('=') ?? -1;
    if (setting === undefined || equals < 1 || (word === setting && word !== '-c'))
      throw notAllowed(word);
    found.push([setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)]);
  }
  return found;
}

function checkEncoding(value: string): void {
  if (/^'?utf-?8'?$/iu.test(value) || value.toLowerCase() === 'unicode') return;
  throw new Problem('unsupported', `client_encoding expected UTF8, got \`${value.slice(0, 40)}\``, {
    hint: 'set PGCLIENTENCODING=UTF8',
  });
}

function timeoutOf(value: string): number {
  const found = /^(\d{1,10})\s*(ms|s|min)?$/u.exec(value.trim());
  if (found === null)
    throw new Problem('invalid', 'statement_timeout expected a number of ms, s or min');
  const unit = found[2] === 's' ? 1_000 : found[2] === 'min' ? 60_000 : 1;
  return Number(found[1]) * unit;
}

function notAllowed(name: string): Problem {
  return new Problem(
    'unsupported',
    `start-up parameter \`${name.slice(0, 63)}\` is not supported`,
    {
      hint: 'leave it out; SET what the session needs after connecting',
    },
  );
}

/** What the gateway's own start-up message to the source carries. */
export function upstreamParameters(
  wishes: StartupWishes,
  statementMsMax: number,
): Map<string, string> {
  const wanted = wishes.statementTimeoutMs ?? 0;
  const timeout = wanted === 0 ? statementMsMax : Math.min(wanted, statementMsMax);
  return new Map([
    ['application_name', 'privet'],
    ...wishes.forwarded,
    ...PINNED,
    ['statement_timeout', String(timeout)],
  ]);
}

/** Watched settings as the source reported them; throws `unavailable` when it did not take what the planner relies on. */
export function pinnedOf(reported: ReadonlyMap<string, string>): Map<string, string> {
  const encoding = reported.get('server_encoding');
  // The server cuts names at 63 bytes of its own encoding: names we tell apart could be one name there.
  if (encoding !== 'UTF8') {
    throw new Problem('unsupported', `source expected encoding UTF8, got \`${encoding ?? ''}\``);
  }
  const pinned = new Map([...reported].filter(([name]) => WATCHED.has(name)));
  for (const name of ['client_encoding', 'standard_conforming_strings']) {
    if (pinned.get(name) !== PINNED.get(name)) {
      throw new Problem('unavailable', `the source did not accept \`${name}\``);
    }
  }
  return pinned;
}

/** The settings a client is told when it is logged in. */
export function reportedTo(
  client: { readonly name: string; readonly searchPath: string },
  reported: ReadonlyMap<string, string>,
): Map<string, string> {
  const told = new Map(reported);
  told.set('session_authorization', client.name);
  told.set('is_superuser', 'off');
  if (told.has('search_path')) told.set('search_path', client.searchPath);
  return told;
}
