import type { Came, Decided, DecisionDesk } from './decisiondesk.ts';

/** What one request asked policy. */
export type DecisionLog = {
  /** Notes a decision that the request hangs on. */
  asked(decided: Decided): void;
  /** Counts what a decision let happen. */
  came(decision: string, counts: Pick<Came, 'records' | 'values'>): void;
  /** Ids of the decisions it hung on, in the order they were asked for. */
  readonly ids: () => readonly string[];
  /** Takes what was asked since the last time to the desk, with what came of it. */
  settle(end: 'done' | 'denied' | 'failed'): void;
};

/** Decisions whose ids a caller is given; a request over more tables names the first ones. */
const TOLD_IDS_MAX = 10;

type Asked = { readonly decided: Decided; records: number; values: number };

/** A log of one request at one door; `onAsked` is told the ids so far each time there is one more. */
export function openDecisionLog(
  desk: DecisionDesk,
  door: Came['door'],
  onAsked?: (ids: readonly string[]) => void,
): DecisionLog {
  const ids = new Set<string>();
  const open = new Map<string, Asked>();
  let sinceMs = performance.now();
  return {
    asked(decided) {
      const { id } = decided.decision;
      if (open.has(id)) return;
      open.set(id, { decided, records: 0, values: 0 });
      if (ids.size >= TOLD_IDS_MAX || ids.has(id)) return;
      ids.add(id);
      onAsked?.([...ids]);
    },
    came(decision, { records, values }) {
      const asked = open.get(decision);
      if (asked === undefined) return;
      asked.records += records;
      asked.values += values;
    },
    ids: () => [...ids],
    settle(end) {
      const nowMs = performance.now();
      const durationMicros = Math.round((nowMs - sinceMs) * 1_000);
      for (const { decided, records, values } of open.values()) {
        const effect = effectOf(end, { decided, records });
        desk.note(decided, { door, effect, records, values, durationMicros });
      }
      open.clear();
      sinceMs = nowMs;
    },
  };
}

/** What was let happen is allowed, however the rest of the request ended. */
function effectOf(
  end: 'done' | 'denied' | 'failed',
  { decided, records }: Pick<Asked, 'decided' | 'records'>,
): Came['effect'] {
  if (records > 0) return 'allow';
  if (end === 'denied' || decided.decision.effect === 'deny') return 'deny';
  return end === 'done' ? 'allow' : 'failed';
}
