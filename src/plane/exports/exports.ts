import { randomUUID } from 'node:crypto';
import type { Clock } from '#base/clock';
import { problemFrom } from '#base/problem';
import type { Problem } from '#base/problem';
import type { Pool } from '#platform/db';
import { startLoop } from '#platform/process';
import type { Loop } from '#platform/process';
import type { Ledger } from '#plane/ledger';
import { createFeed } from './feed.ts';
import type { ExportFormat } from './format.ts';
import { LOOK_MS, RETRY_MS_MAX } from './limits.ts';
import { listProgress, openPosition } from './position.ts';
import type { Progress } from './position.ts';
import type { Sink } from './sink.ts';

/** One place leaves go to, and how they are written there. */
export type Export = {
  readonly name: string;
  readonly format: ExportFormat;
  /** Whether what people wrote and where clients came from goes along; what was exported cannot be erased any more. */
  readonly details: boolean;
  readonly begin: 'start' | 'now';
  readonly sink: Sink;
};

export type ExportsSettings = {
  readonly plane: string;
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'head' | 'read'>;
  readonly clock: Clock;
  /** A number from 0 to 1 (not for secrets): spreads retries. */
  readonly jitter: () => number;
  readonly exports: readonly Export[];
  /** How soon the ledger is looked at again. */
  readonly lookMs?: number;
  /** Told of what goes wrong, with the name of the export. */
  readonly onFault: (problem: Problem, name: string) => void;
};

export type ExportState = Progress &
  Pick<Export, 'format' | 'details'> & {
    readonly place: string;
    /** Leaves that were not sent yet. */
    readonly waiting: number;
  };

export type Exports = {
  start(): void;
  /** Every export of the settings, and how it goes. */
  list(): Promise<readonly ExportState[]>;
  /** Ends each after the sending under way; another process may go on at once. */
  stop(): Promise<void>;
};

/** The exports of a plane's ledger: each reads from where it stands, at its own pace, and none is waited for. */
export function openExports(settings: ExportsSettings): Exports {
  const { plane, pool, ledger, clock, jitter, onFault, lookMs: idleMs = LOOK_MS } = settings;
  const holder = randomUUID();
  const loops: Loop[] = [];
  const running = settings.exports.map((one) => {
    const position = openPosition({ pool, clock, holder }, one.name);
    return { ...one, position, turn: createFeed({ ...one, plane, ledger, clock, position }) };
  });

  return {
    start() {
      for (const { name, turn } of running) {
        const told = { onFault: (problem: Problem) => onFault(problem, name) };
        loops.push(startLoop({ turn, jitter, idleMs, retryMsMax: RETRY_MS_MAX, ...told }));
      }
    },
    async list() {
      const [progress, { size }] = [await listProgress(pool), await ledger.head()];
      const known = new Map(progress.map((one) => [one.name, one]));
      return settings.exports.map(({ name, format, details, begin, sink }) => {
        const now = known.get(name) ?? unstarted(name, begin === 'now' ? size : 0);
        const waiting = Math.max(0, size - now.nextIndex);
        return { ...now, format, details, place: sink.place, waiting };
      });
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      for (const { position, sink, name } of running) {
        await position.giveBack().catch((cause) => onFault(problemFrom(cause), name));
        await sink.close();
      }
    },
  };
}

function unstarted(name: string, nextIndex: number): Progress {
  const nothing = { missed: 0, sentAtMs: null, failures: 0, code: null, failedAtMs: null };
  return { name, nextIndex, ...nothing };
}
