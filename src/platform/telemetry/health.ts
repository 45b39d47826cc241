import { problemFrom } from '#base/problem';

/** `live`: without it the process should be restarted. `ready`: without it nobody should be sent here. */
export type CheckKind = 'live' | 'ready';

/** Returns when all is well and throws a `Problem` that says what is not. */
export type Check = () => Promise<void> | void;

export type CheckResult = {
  readonly name: string;
  readonly kind: CheckKind;
  readonly state: 'ok' | 'failing';
  readonly message: string | null;
  readonly hint: string | null;
};

export type HealthReport = {
  readonly state: 'ok' | 'failing';
  readonly checks: readonly CheckResult[];
};

export type Health = {
  /** Adds a check under a name that is shown to operators; a name used twice replaces the first. */
  add(kind: CheckKind, name: string, check: Check): void;
  /** Runs the checks at once: those that gate life, or all of them. */
  report(kind: CheckKind): Promise<HealthReport>;
};

/** A check that takes longer than this is failing: whoever asks has a time-out of its own. */
const CHECK_TIMEOUT_MS = 2_000;

/** An empty registry of named checks. */
export function createHealth(timeoutMs: number = CHECK_TIMEOUT_MS): Health {
  const checks = new Map<string, { kind: CheckKind; check: Check }>();
  return {
    add(kind, name, check) {
      checks.set(name, { kind, check });
    },
    async report(kind) {
      const asked = [...checks].filter(([, entry]) => kind === 'ready' || entry.kind === 'live');
      const results = await Promise.all(
        asked.map(([name, entry]) => run({ name, ...entry, timeoutMs })),
      );
      return {
        state: results.every((result) => result.state === 'ok') ? 'ok' : 'failing',
        checks: results,
      };
    },
  };
}

type Run = {
  readonly name: string;
  readonly kind: CheckKind;
  readonly check: Check;
  readonly timeoutMs: number;
};

async function run({ name, kind, check, timeoutMs }: Run): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer in ${timeoutMs} ms`), timeoutMs);
  });
  try {
    const message = await Promise.race([
      Promise.resolve()
        .then(check)
        .then(() => null),
      late,
    ]);
    return { name, kind, state: message === null ? 'ok' : 'failing', message, hint: null };
  } catch (error) {
    const problem = problemFrom(error);
    return { name, kind, state: 'failing', message: problem.message, hint: problem.hint ?? null };
  } finally {
    clearTimeout(timer);
  }
}
