import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the main thread's time went: a function, and its own share of the time that was not idle. */
export type ProfileEntry = { readonly where: string; readonly share: number };

export type Profile = {
  begin(): Promise<void>;
  /** The functions that took most of the time since `begin`, the largest first; `(idle)` counts for itself. */
  end(): Promise<readonly ProfileEntry[]>;
};

const ENTRIES_MAX = 18;
/** Neither waiting nor the profiler's own start is work of the gateway. */
const NOT_WORK = ['(idle)', 'post node:inspector'];
const SAMPLING_MICROS = 200;

/** V8's sampling profiler for this thread, as `--cpu-prof` uses it, but only while it is asked to. */
export function startProfile(): Profile {
  const session = new Session();
  session.connect();
  return {
    async begin() {
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROS });
      await session.post('Profiler.start');
    },
    async end() {
      const { profile } = await session.post('Profiler.stop');
      const own = new Map<string, number>();
      const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
      profile.samples?.forEach((id, i) => {
        const place = places.get(id) ?? '?';
        own.set(place, (own.get(place) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
      });
      return sharesOf(own);
    },
  };
}

function placeOf(frame: { functionName: string; url: string; lineNumber: number }): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (frame.url === '') return name;
  const file = frame.url.startsWith('file:')
    ? relative(process.cwd(), fileURLToPath(frame.url))
    : frame.url;
  return `${name} ${file}:${frame.lineNumber + 1}`;
}

function sharesOf(own: ReadonlyMap<string, number>): ProfileEntry[] {
  const all = [...own.values()].reduce((sum, micros) => sum + micros, 0);
  const work = [...own].filter(([where]) => !NOT_WORK.some((start) => where.startsWith(start)));
  const busy = work.reduce((sum, [, micros]) => sum + micros, 0);
  const entries = work
    .map(([where, micros]) => ({ where, share: micros / busy }))
    .toSorted((a, b) => b.share - a.share);
  return [{ where: '(busy, of all time)', share: busy / all }, ...entries.slice(0, ENTRIES_MAX)];
}
