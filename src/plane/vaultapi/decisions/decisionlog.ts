import type { Problem } from '#base/problem';
import type { Came, Decided, DecisionDesk } from './decisiondesk.ts';

/** What one request asked policy. */
export type DecisionLog = {
  /** Notes a decision that the request may hang on; nobody is told of it for that alone. */
  asked(decided: Decided): void;
  /** Counts what a decision let happen: the request hung on it. */
  came(decision: string, counts: Pick<Came, 'records' | 'values'>): void;
  /** Notes the decisions that a refusal names: the request hung on them, too. */
  refused(problem: Problem): void;
  /** Ids of the decisions it hung on. */
  readonly ids: () => readonly string[];
  /** Takes what it hung on since the last time to the desk. */
  settle(end: 'done' | 'failed'): void;
};

/** Decisions whose ids a caller is given; a request over more tables names the first ones. */
const TOLD_IDS_MAX = 10;
/** As hints name them. */
const NAMED = /dec_[0-9a-f]{32}/gu;

type Asked = {
  readonly decided: Decided;
  end: 'came' | 'refused' | null;
  records: number;
  values: number;
};

/** A log of one request at one door; `onIds` is told the ids each time there is one more. */
export function openDecisionLog(
  desk: DecisionDesk,
  door: Came['door'],
  onIds?: (ids: readonly string[]) => void,
): DecisionLog {
  const open = new Map<string, Asked>();
  const named = new Set<string>();
  let sinceMs = performance.now();
  const name = (id: string): void => {
    if (named.size >= TOLD_IDS_MAX || named.has(id)) return;
    named.add(id);
    onIds?.([...named]);
  };
  return {
    asked(decided) {
      const { id } = decided.decision;
      if (!open.has(id)) open.set(id, { decided, end: null, records: 0, values: 0 });
    },
    came(decision, { records, values }) {
      const asked = open.get(decision);
      if (asked === undefined) return;
      asked.records += records;
      asked.values += values;
      asked.end ??= 'came';
      name(decision);
    },
    refused({ hint = '' }) {
      for (const [id] of hint.matchAll(NAMED)) {
        const asked = open.get(id);
        if (asked === undefined) continue;
        asked.end = 'refused';
        name(id);
      }
    },
    ids: () => [...named],
    settle(end) {
      const nowMs = performance.now();
      const durationMicros = Math.round((nowMs - sinceMs) * 1_000);
      for (const { decided, records, values, ...asked } of open.values()) {
        if (asked.end === null) continue;
        const effect = effectOf(end, { records, end: asked.end });
        desk.note(decided, { door, effect, records, values, durationMicros });
      }
      open.clear();
      sinceMs = nowMs;
    },
  };
}

/** What was let happen is allowed, whatever else was refused or went wrong. */
function effectOf(
  end: 'done' | 'failed',
  asked: { readonly records: number; readonly end: 'came' | 'refused' },
): Came['effect'] {
  if (asked.records > 0) return 'allow';
  if (asked.end === 'refused') return 'deny';
  return end === 'done' ? 'allow' : 'failed';
}
