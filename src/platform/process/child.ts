import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { Problem } from '#base/problem';
import { EXIT } from './exitcode.ts';
import { readChildMessage } from './parent.ts';

export type ChildSettings = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment of the child: nothing is inherited, so it knows only its own secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard output and error are appended here. */
  readonly logFile: string;
  readonly onEvent: (event: ChildEvent) => void;
};

export type ChildEvent =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'ready'; readonly pid: number; readonly starts: number }
  /** `why` is what it said itself, if it said anything. */
  | {
      readonly kind: 'died';
      readonly how: string;
      readonly why: string | null;
      readonly againInMs: number;
    };

/** Where the doors of a child are, by their names. */
export type Addresses = Readonly<Record<string, string>>;

export type Child = {
  /** Resolves with its doors when it is ready for the first time; rejects when it will not become so. */
  readonly ready: Promise<Addresses>;
  /** The running process's number, or undefined between two lives. */
  pid(): number | undefined;
  /** Asks it to stop and waits, ending it by force after `STOP_MS`; never starts it again. */
  stop(): Promise<void>;
};

/** How long a child may take to stop; a little more than it gives itself. */
const STOP_MS = 20_000;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MS_MAX = 10_000;
/** A child that lived this long was healthy: its next death is a new story. */
const HEALTHY_MS = 60_000;
/** Deaths before it was ever ready that are put down to something passing, such as a port that is just being freed. */
const FIRST_ATTEMPTS_MAX = 5;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/**
 * Starts a child and keeps it alive: started again when it dies, sooner the longer it lived. Wrong settings (exit code 2)
 * and repeated deaths before it was ever ready are given up with the reason it gave.
 */
export function superviseChild(settings: ChildSettings): Child {
  rotate(settings.logFile);
  const state: State = {
    process: undefined,
    starts: 0,
    backoffMs: BACKOFF_FIRST_MS,
    stopping: false,
    timer: undefined,
  };
  const { promise: ready, resolve, reject } = Promise.withResolvers<Addresses>();
  const life: Life = { settings, state, becameReady: resolve, gaveUp: reject };
  // Whoever does not wait for it must not be ended by its rejection.
  ready.catch(() => undefined);
  live(life);
  return {
    ready,
    pid: () => state.process?.pid,
    async stop() {
      reject(new Problem('unavailable', `${settings.name} was stopped before it was ready`));
      await stop(state);
    },
  };
}

type State = {
  process: ChildProcess | undefined;
  starts: number;
  backoffMs: number;
  stopping: boolean;
  timer: NodeJS.Timeout | undefined;
};

type Life = {
  readonly settings: ChildSettings;
  readonly state: State;
  readonly becameReady: (addresses: Addresses) => void;
  readonly gaveUp: (problem: Problem) => void;
};

function live(life: Life): void {
  const { settings, state } = life;
  const child = start(settings);
  const startedMs = Date.now();
  state.process = child;
  state.starts += 1;
  let said: Problem | undefined;
  let ready = false;
  child.on('message', (value) => {
    const message = readChildMessage(value);
    if (message?.kind === 'step') settings.onEvent(message);
    if (message?.kind === 'failed') said = failure(settings.name, message);
    if (message?.kind === 'ready') {
      ready = true;
      settings.onEvent({ kind: 'ready', pid: child.pid ?? 0, starts: state.starts });
      life.becameReady(message.addresses);
    }
  });
  let over = false;
  const finish = (how: string, code: number | null) => {
    if (over) return;
    over = true;
    state.process = undefined;
    if (state.stopping) return;
    if (code === EXIT.misused || (!ready && state.starts >= FIRST_ATTEMPTS_MAX)) {
      life.gaveUp(
        said ??
          new Problem('unavailable', `${settings.name} ended with ${how}`, {
            hint: `look into ${settings.logFile}`,
          }),
      );
    }
    if (code === EXIT.misused) return;
    again(life, { how, why: said?.message ?? null, livedMs: Date.now() - startedMs });
  };
  child.on('error', (error) => finish(error.message, null));
  child.on('exit', (code, signal) => finish(signal ?? `status ${code}`, code));
}

type Death = { readonly how: string; readonly why: string | null; readonly livedMs: number };

function again(life: Life, death: Death): void {
  const { settings, state } = life;
  if (death.livedMs > HEALTHY_MS) state.backoffMs = BACKOFF_FIRST_MS;
  const againInMs = state.backoffMs;
  state.backoffMs = Math.min(state.backoffMs * 2, BACKOFF_MS_MAX);
  settings.onEvent({ kind: 'died', how: death.how, why: death.why, againInMs });
  state.timer = setTimeout(() => live(life), againInMs);
}

function start(settings: ChildSettings): ChildProcess {
  const log = openSync(settings.logFile, 'a', 0o600);
  try {
    const [program, ...args] = settings.command;
    return spawn(program, args, {
      cwd: settings.cwd,
      env: { ...settings.env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true, // Ctrl-C reaches the supervisor only, which knows the order in which to stop
    });
  } finally {
    closeSync(log);
  }
}

async function stop(state: State): Promise<void> {
  state.stopping = true;
  clearTimeout(state.timer);
  const child = state.process;
  if (child === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(force);
}

function failure(
  name: string,
  said: { readonly message: string; readonly hint: string | null },
): Problem {
  return new Problem(
    'unavailable',
    `${name}: ${said.message}`,
    said.hint === null ? {} : { hint: said.hint },
  );
}

/** One older file is kept: enough to see what happened before a restart. */
function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
}
