import { finding, FINDINGS_MAX, NOTHING, Unreadable } from './finding.ts';
import type { Finding, Report } from './finding.ts';
import type { Leaf } from './log.ts';

/** An unwrap as the key service itself noted it. */
export type Unwrap = { readonly atMs: number; readonly scope: string; readonly version: number };

/** A leaf comes before the key service is asked; clocks of two machines may differ by this much. */
const CLOCKS_APART_MS = 60_000;
/** And the asking comes at most so long after the leaf. */
const ASKED_WITHIN_MS = 5 * 60_000;

/**
 * Reads a trail: lines of JSON `{"atMs":…,"scope":…,"version":…}`, or AWS CloudTrail's `{"Records":[…]}`, whose `Decrypt`
 * events carry what the key was for as encryption context. Throws `Unreadable`.
 */
export function readTrail(text: string): readonly Unwrap[] {
  const whole = tryJson(text) as { Records?: unknown } | undefined;
  if (Array.isArray(whole?.Records)) return whole.Records.flatMap(fromCloudTrail);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      const one = tryJson(line) as Partial<Unwrap> | undefined;
      if (
        typeof one?.atMs === 'number' &&
        typeof one.scope === 'string' &&
        typeof one.version === 'number'
      ) {
        return { atMs: one.atMs, scope: one.scope, version: one.version };
      }
      throw new Unreadable(`line ${i + 1} of the key trail is no unwrap`);
    });
}

function fromCloudTrail(record: unknown): readonly Unwrap[] {
  const event = record as {
    eventName?: string;
    eventTime?: string;
    errorCode?: string;
    requestParameters?: { encryptionContext?: { scope?: string; version?: string } };
  };
  if (event.eventName !== 'Decrypt' || event.errorCode !== undefined) return [];
  const { scope = '', version = '' } = event.requestParameters?.encryptionContext ?? {};
  return [{ atMs: Date.parse(event.eventTime ?? ''), scope, version: Number(version) }];
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Times of the leaves of one key, and how far they were looked through. */
type Leaves = { readonly times: number[]; next: number; taken: number };

export type KeyTrail = {
  see(leaf: Leaf): void;
  report(): Report;
};

/** Matches every unwrap of the trail with a leaf `key-unwrapped` of its own that came before it. */
export function checkKeyTrail(unwraps: readonly Unwrap[] | null): KeyTrail {
  const leaves = new Map<string, Leaves>();
  let [count, refused] = [0, 0];
  let firstMs = Infinity;
  return {
    see({ body }) {
      if (body.kind === 'key-refused') refused++;
      if (body.kind !== 'key-unwrapped') return;
      count++;
      const key = `${String(body['scope'])} ${String(body['version'])}`;
      firstMs = Math.min(firstMs, Number(body['time']));
      const known = leaves.get(key) ?? { times: [], next: 0, taken: 0 };
      leaves.set(key, known);
      known.times.push(Number(body['time']));
    },
    report() {
      if (unwraps === null) {
        const what = `${count} leaves say that a key was asked for; whether the key service was asked more often was not checked (--key-trail)`;
        return { ...NOTHING, unchecked: [what] };
      }
      const findings: Finding[] = [];
      let before = 0;
      for (const one of unwraps.toSorted((left, right) => left.atMs - right.atMs)) {
        if (one.atMs < firstMs - CLOCKS_APART_MS) before++;
        else if (
          !take(leaves.get(`${one.scope} ${one.version}`), one.atMs) &&
          findings.length < FINDINGS_MAX
        ) {
          const when = Number.isFinite(one.atMs)
            ? new Date(one.atMs).toISOString()
            : 'a time that cannot be read';
          findings.push(
            finding(
              'key trail',
              `key \`${one.scope}\` version ${one.version} was unwrapped at ${when}, and no leaf says so`,
            ),
          );
        }
      }
      const matched = unwraps.length - before;
      const left = [...leaves.values()].reduce((sum, one) => sum + one.times.length - one.taken, 0);
      const proved = [
        `each of ${matched} unwraps of the key service has a leaf of its own that came before it`,
      ];
      const unchecked = [
        ...(before > 0
          ? [`${before} unwraps of the key trail are older than the first leaf that is still there`]
          : []),
        ...(left > 0
          ? [
              `${left} leaves speak of an unwrap that the key trail does not have; ${refused} of them were refused or failed`,
            ]
          : []),
      ];
      return { proved: findings.length === 0 ? proved : [], unchecked, findings };
    },
  };
}

/**
 * Takes the oldest leaf that can have announced an unwrap at that moment. Unwraps come in the order of their times and all
 * have windows of one length, so whatever is skipped could not have served a later one either.
 */
function take(leaves: Leaves | undefined, atMs: number): boolean {
  if (leaves === undefined) return false;
  while ((leaves.times[leaves.next] ?? Infinity) < atMs - ASKED_WITHIN_MS) leaves.next++;
  if ((leaves.times[leaves.next] ?? Infinity) > atMs + CLOCKS_APART_MS) return false;
  leaves.next++;
  leaves.taken++;
  return true;
}
