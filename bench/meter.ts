/** Measures for benchmarks against a PostgreSQL of their own: rate, latencies, CPU of this process and of the server. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** A clock tick of Linux, as /proc counts CPU time. */
const TICK_US = 10_000;
const PROGRESS_MS = 5_000;

export type Measured = {
  readonly what: string;
  readonly perSecond: number;
  /** Microseconds of CPU each: of this process with all of its threads, and of the server (null where /proc does not tell). */
  readonly clientUs: number;
  readonly serverUs: number | null;
  /** Milliseconds from asking to the answer, of each call, sorted. */
  readonly latenciesMs: readonly number[];
};

export type Meter = {
  readonly results: Measured[];
  /** Calls `work` with slices of `all`, so many at once; what is counted is elements. */
  lanes<T>(
    what: string,
    all: readonly T[],
    how: {
      readonly size: number;
      readonly lanes: number;
      readonly work: (slice: readonly T[]) => Promise<unknown>;
    },
  ): Promise<void>;
  /** Calls `work` again and again for so long, so many at once; it gives how many elements it did. */
  during(
    what: string,
    how: {
      readonly seconds: number;
      readonly lanes: number;
      readonly work: () => Promise<number>;
    },
  ): Promise<void>;
  /** Calls at a fixed rate, whether the calls before have been answered or not; latency counts from when a call was due. */
  paced(
    what: string,
    how: {
      readonly perSecond: number;
      readonly seconds: number;
      readonly call: (i: number) => Promise<unknown>;
    },
  ): Promise<void>;
  /** The work of `act` as `count` of something. */
  once(what: string, count: number, act: () => Promise<unknown>): Promise<void>;
};

/** `dataDirectory` is that of the server whose CPU counts, null where it is not on this machine. */
export function openMeter(dataDirectory: string | null): Meter {
  const results: Measured[] = [];
  const measured = async (what: string, work: (latenciesMs: number[]) => Promise<number>) => {
    const latenciesMs: number[] = [];
    const before = process.cpuUsage();
    const serverBefore = serverTicks(dataDirectory);
    const startMs = performance.now();
    const count = await work(latenciesMs);
    const seconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const serverAfter = serverTicks(dataDirectory);
    const ticks = serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore;
    results.push({
      what,
      perSecond: count / seconds,
      clientUs: (user + system) / count,
      serverUs: ticks === null ? null : (ticks * TICK_US) / count,
      latenciesMs: latenciesMs.toSorted((left, right) => left - right),
    });
  };
  return {
    results,
    lanes: (what, all, { size, lanes, work }) =>
      measured(what, async (latenciesMs) => {
        const progress = progressOf(what, all.length);
        let next = 0;
        const lane = async () => {
          while (next < all.length) {
            const slice = all.slice(next, next + size);
            next += size;
            const startMs = performance.now();
            await work(slice);
            latenciesMs.push(performance.now() - startMs);
            progress(slice.length);
          }
        };
        await Promise.all(Array.from({ length: lanes }, lane));
        return all.length;
      }),
    during: (what, { seconds, lanes, work }) =>
      measured(what, async (latenciesMs) => {
        const untilMs = performance.now() + seconds * 1_000;
        let done = 0;
        const lane = async () => {
          for (let nowMs = performance.now(); nowMs < untilMs;) {
            done += await work();
            latenciesMs.push(performance.now() - nowMs);
            nowMs = performance.now();
          }
        };
        await Promise.all(Array.from({ length: lanes }, lane));
        return done;
      }),
    paced: (what, { perSecond, seconds, call }) =>
      measured(what, async (latenciesMs) => {
        const calls: Promise<void>[] = [];
        const startMs = performance.now();
        const timed = async (i: number, dueMs: number) => {
          await call(i);
          latenciesMs.push(performance.now() - dueMs);
        };
        for (let i = 0; i < perSecond * seconds; i++) {
          const dueMs = startMs + (i * 1_000) / perSecond;
          const waitMs = dueMs - performance.now();
          if (waitMs > 0) await sleep(waitMs);
          calls.push(timed(i, dueMs));
        }
        await Promise.all(calls);
        return calls.length;
      }),
    once: (what, count, act) =>
      measured(what, async () => {
        await act();
        return count;
      }),
  };
}

/** Says on standard error how far it is, and how fast it went since it said so last. */
function progressOf(what: string, all: number): (count: number) => void {
  let [done, toldMs, toldAt] = [0, performance.now(), 0];
  return (count) => {
    done += count;
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    const rate = Math.round(((done - toldAt) * 1_000) / (nowMs - toldMs));
    console.error(`${what}: ${done} of ${all}, ${rate}/s`);
    [toldMs, toldAt] = [nowMs, done];
  };
}

/** CPU time of a PostgreSQL with all of its processes, those that have ended too; null where there is no /proc. */
function serverTicks(dataDirectory: string | null): number | null {
  if (dataDirectory === null) return null;
  try {
    const [server = ''] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    const [, own, ended] = statOf(server);
    let ticks = own + ended;
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/u.test(entry)) continue;
      const [parent, used] = statOrNone(entry);
      if (parent === Number(server)) ticks += used;
    }
    return ticks;
  } catch {
    return null;
  }
}

/** Parent, ticks of its own, ticks of children it has waited for (proc(5), stat: fields 4, 14 to 17). */
function statOf(pid: string): [parent: number, own: number, ended: number] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number) => fields[field - 3] ?? 0;
  return [at(4), at(14) + at(15), at(16) + at(17)];
}

function statOrNone(pid: string): [parent: number, own: number, ended: number] {
  try {
    return statOf(pid);
  } catch {
    return [0, 0, 0]; // gone since it was listed
  }
}

/** The results as a table in Markdown. */
export function tableOf(results: readonly Measured[]): string {
  const lines = results.map(({ what, perSecond, clientUs, serverUs, latenciesMs }) => {
    const [p50, p99] = [0.5, 0.99].map((part) => {
      const found = latenciesMs[Math.floor(latenciesMs.length * part)];
      return found === undefined ? '' : found.toFixed(1);
    });
    const server = serverUs === null ? '' : serverUs.toFixed(1);
    return `| ${what} | ${Math.round(perSecond)} | ${clientUs.toFixed(1)} | ${server} | ${p50} | ${p99} |`;
  });
  return [
    '| what | a second | client CPU, µs each | server CPU, µs each | a call p50, ms | p99, ms |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
