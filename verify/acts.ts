import { finding, NOTHING } from './finding.ts';
import type { Report } from './finding.ts';
import type { Leaf } from './log.ts';

export type ActCount = { see(leaf: Leaf): void; report(minimum: number): Report };

/** What happened, by kind, and whether time went backwards by more than clocks do. */
const BACKWARDS_MS_MAX = 5 * 60_000;

export function countActs(): ActCount {
  const kinds = new Map<string, number>();
  let newestMs = -Infinity;
  let oldestMs = Infinity;
  let backwards: number | null = null;
  let pruned = 0;
  return {
    see({ index, body }) {
      kinds.set(body.kind, (kinds.get(body.kind) ?? 0) + 1);
      const timeMs = Number(body['time']);
      if (timeMs < newestMs - BACKWARDS_MS_MAX) backwards ??= index;
      newestMs = Math.max(newestMs, timeMs);
      oldestMs = Math.min(oldestMs, timeMs);
      if (body.kind === 'ledger-pruned') pruned = Math.max(pruned, Number(body['minimum']));
    },
    report(minimum) {
      const counted = [...kinds].toSorted(([, left], [, right]) => right - left);
      const list = counted.map(([kind, count]) => `${kind} ${count}`).join(', ');
      const span =
        kinds.size === 0 ? 'no acts' : `from ${iso(oldestMs)} to ${iso(newestMs)}: ${list}`;
      return {
        ...NOTHING,
        proved: [span],
        findings: [
          ...(backwards === null
            ? []
            : [
                finding(
                  `leaf ${backwards}`,
                  'its time is long before that of a leaf in front of it',
                ),
              ]),
          ...(minimum > pruned
            ? [
                finding(
                  'minimum',
                  `entries before ${minimum} are gone, and no leaf says that they were pruned`,
                ),
              ]
            : []),
        ],
      };
    },
  };
}

function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : 'an unreadable time';
}
