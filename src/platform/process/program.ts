import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import { EXIT, exitCodeOf } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import { onParentGone, tellParent } from './parent.ts';

/** What a running program is handed. */
export type Run = {
  /** Aborted when the program should end: a signal, or the death of its parent. */
  readonly stopping: AbortSignal;
  /** Calls back when somebody asks by SIGHUP to read files anew; a program that does not listen is stopped by it. */
  readonly onReload: (listener: () => void) => void;
  /** Says in words what is being waited for, to whoever started the program. */
  readonly step: (text: string) => void;
  /** Says that work can be sent here now, and where each of its doors is. */
  readonly ready: (addresses?: Readonly<Record<string, string>>) => void;
};

export type ProgramOptions = {
  /** Told of the problem that ends the program, in full; the caller logs it. */
  readonly onProblem: (problem: Problem) => void;
  /** A program that was stopped gets this long to finish before it is ended. */
  readonly stopMs?: number;
};

const STOP_MS = 15_000;
/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm, and means one request. */
const SAME_REQUEST_MS = 1_000;
/** With its parent dead nobody waits for a child, and the next start needs its port. */
const ORPHAN_STOP_MS = 1_000;

/**
 * Runs a program to its end and exits with its code. `main` resolves when everything is closed. SIGINT and SIGTERM ask it
 * to stop, another one a second later ends it at once; a dead parent asks it to stop quickly. Anything thrown outside `main`'s own
 * promise is a defect: the process ends, since its state is not known any more, and its supervisor starts it anew.
 */
export async function runProgram(
  main: (run: Run) => Promise<void>,
  options: ProgramOptions,
): Promise<never> {
  const stop = new AbortController();
  const end = (code: ExitCode) => process.exit(code);
  const fail = (thrown: unknown) => {
    const problem = problemFrom(thrown);
    options.onProblem(problem);
    return tellParent({
      kind: 'failed',
      message: problem.message,
      hint: problem.hint ?? null,
    }).then(() => end(exitCodeOf(problem.code)));
  };
  const reloads: (() => void)[] = [];
  listenForEnd(stop, { end, reloads, stopMs: options.stopMs ?? STOP_MS });
  process.on('uncaughtException', (error) => void fail(error));
  process.on('unhandledRejection', (reason) => void fail(reason));
  try {
    await main({
      stopping: stop.signal,
      onReload: (listener) => void reloads.push(listener),
      step: (text) => void tellParent({ kind: 'step', text }),
      ready: (addresses = {}) => void tellParent({ kind: 'ready', addresses }),
    });
    return end(EXIT.ok);
  } catch (error) {
    if (stop.signal.aborted && stop.signal.reason === error) return end(EXIT.ok);
    return await fail(error);
  }
}

function listenForEnd(
  stop: AbortController,
  wanted: {
    readonly end: (code: ExitCode) => never;
    readonly reloads: readonly (() => void)[];
    readonly stopMs: number;
  },
): void {
  const { end, reloads, stopMs } = wanted;
  let askedMs = 0;
  const ask = (patienceMs: number) => {
    if (stop.signal.aborted && Date.now() - askedMs < SAME_REQUEST_MS) return;
    if (stop.signal.aborted) end(EXIT.failed);
    askedMs = Date.now();
    stop.abort();
    setTimeout(() => end(EXIT.failed), patienceMs).unref();
  };
  process.on('SIGINT', () => ask(stopMs));
  process.on('SIGTERM', () => ask(stopMs));
  process.on('SIGHUP', () => {
    if (reloads.length === 0) ask(stopMs);
    for (const reload of reloads) reload();
  });
  onParentGone(() => {
    if (!stop.signal.aborted) ask(ORPHAN_STOP_MS);
  });
}

/** Resolves when the program should end. */
export function untilStopped(stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) resolve();
    else stopping.addEventListener('abort', () => resolve(), { once: true });
  });
}
