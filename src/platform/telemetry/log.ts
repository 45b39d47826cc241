import pino from 'pino';
import { Problem } from '#base/problem';

/**
 * Every field a log line may carry. Redaction by construction: there is no field that is meant for a value of a
 * governed column, a query literal, a password or a key, and a field that is not listed is dropped, not printed.
 */
const LOG_FIELDS = [
  'address',
  'attempt',
  'audience',
  'bytes',
  'code',
  'column',
  'connection',
  'count',
  'database',
  'decision',
  'door',
  'durationMs',
  'elapsedMs',
  'export',
  'file',
  'fingerprint',
  'job',
  'key',
  'limit',
  'method',
  'migration',
  'mode',
  'path',
  'pid',
  'plane',
  'policy',
  'port',
  'purpose',
  'project',
  'reason',
  'relation',
  'requestId',
  'role',
  'route',
  'rows',
  'serial',
  'setting',
  'signal',
  'source',
  'sqlState',
  'state',
  'status',
  'statementKind',
  'step',
  'subject',
  'system',
  'tool',
  'version',
  'waitMs',
  'worker',
] as const;

export type LogField = (typeof LOG_FIELDS)[number];
export type LogFields = { readonly [F in LogField]?: string | number | boolean | undefined } & {
  /** What went wrong; its message is printed only when it is a `Problem`, since other errors may quote values. */
  readonly error?: unknown;
};

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line a call: `message` is a fixed text of ours, everything that varies goes into the fields. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that every line repeats. */
  with(fields: LogFields): Log;
};

export type LogSettings = {
  /** Which program speaks, such as `plane`. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Where lines go; standard error by default, since standard output belongs to results. */
  readonly sink?: { write(line: string): void };
};

/** A field longer than this is somebody's attempt to fill the disk. */
const FIELD_CHARACTERS_MAX = 500;
/** Enough frames to find the place. */
const FRAMES_MAX = 12;
/** Causes of causes; deeper chains only repeat themselves. */
const CAUSES_MAX = 4;

const FIELD_SET: ReadonlySet<string> = new Set(LOG_FIELDS);

/** A structured log: JSON lines with `time`, `level`, `name`, `message` and allow-listed fields. */
export function createLog(settings: LogSettings): Log {
  const sink = settings.sink ?? pino.destination({ dest: 2, sync: true });
  const logger = pino(
    {
      base: { name: settings.name },
      level: settings.level ?? 'info',
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return wrap(logger, {});
}

/** A log that says nothing, for tests and for tools that speak for themselves. */
export function silentLog(): Log {
  return createLog({ name: 'silent', level: 'silent' });
}

function wrap(logger: pino.Logger, always: LogFields): Log {
  const at =
    (level: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(level)) logger[level](printable({ ...always, ...fields }), message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => wrap(logger, { ...always, ...fields }),
  };
}

type Printable = Record<string, unknown>;

function printable(fields: LogFields): Printable {
  const out: Printable = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'error') out['error'] = describeError(value, 0);
    else if (FIELD_SET.has(name) && isScalar(value)) out[name] = bounded(value);
  }
  return out;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function bounded(value: string | number | boolean): string | number | boolean {
  if (typeof value !== 'string' || value.length <= FIELD_CHARACTERS_MAX) return value;
  return `${value.slice(0, FIELD_CHARACTERS_MAX)}…`;
}

/**
 * What of an error may be printed. A problem's message is written by us under the rule that it holds no value; of any
 * other error (a database driver's quotes values in its message and detail) only name, code and frames are kept.
 */
function describeError(thrown: unknown, depth: number): Printable {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const causes =
    thrown.cause === undefined || depth >= CAUSES_MAX
      ? {}
      : { cause: describeError(thrown.cause, depth + 1) };
  const named = { name: thrown.name, ...codeOf(thrown), frames: framesOf(thrown), ...causes };
  if (!(thrown instanceof Problem)) return named;
  return {
    ...named,
    message: bounded(thrown.message),
    ...(thrown.hint === undefined ? {} : { hint: bounded(thrown.hint) }),
  };
}

function codeOf(error: Error): Printable {
  return 'code' in error && typeof error.code === 'string' ? { code: bounded(error.code) } : {};
}

function framesOf(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim());
}
