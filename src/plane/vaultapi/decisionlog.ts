import type { Came, Decided, DecisionDesk } from './decisiondesk.ts';

/** What one request asked policy. */
export type DecisionLog = {
  /** Notes a decision that the request may hang on. */
  asked(decided: Decided): void;
  /** Counts what a decision let happen: it hung on this one. */
  came(decision: string, counts: Pick<Came, 'records' | 'values'>): void;
  /** Ids of the decisions it hung on: those that let something happen, or else all that were asked for. */
  readonly ids: () => readonly string[];
  /** Takes what was asked since the last time to the desk, with what came of it. */
  settle(end: 'done' | 'denied' | 'failed'): void;
};

/** Decisions whose ids a caller is given; a request over more tables names the first ones. */
const TOLD_IDS_MAX = 10;

type Asked = { readonly decided: Decided; hasCome: boolean; records: number; values: number };

/** A log of one request at one door; `onIds` is told the ids each time there are others. */
export function openDecisionLog(
  desk: DecisionDesk,
  door: Came['door'],
  onIds?: (ids: readonly string[]) => void,
): DecisionLog {
  const open = new Map<string, Asked>();
  /** What was settled before: a stream settles batch by batch. */
  const settled = new Set<string>();
  let sinceMs = performance.now();
  const hungOn = (): readonly Asked[] => {
    const all = [...open.values()];
    const some = all.filter(({ hasCome }) => hasCome);
    return some.length > 0 ? some : all;
  };
  const ids = () => {
    const now = hungOn().map(({ decided }) => decided.decision.id);
    return [...new Set([...settled, ...now])].slice(0, TOLD_IDS_MAX);
  };
  return {
    asked(decided) {
      const { id } = decided.decision;
      if (!open.has(id)) open.set(id, { decided, hasCome: false, records: 0, values: 0 });
    },
    came(decision, { records, values }) {
      const asked = open.get(decision);
      if (asked === undefined) return;
      asked.records += records;
      asked.values += values;
      if (asked.hasCome) return;
      asked.hasCome = true;
      onIds?.(ids());
    },
    ids,
    settle(end) {
      const nowMs = performance.now();
      const durationMicros = Math.round((nowMs - sinceMs) * 1_000);
      for (const { decided, records, values } of hungOn()) {
        const effect = effectOf(end, { decided, records });
        desk.note(decided, { door, effect, records, values, durationMicros });
        if (settled.size < TOLD_IDS_MAX) settled.add(decided.decision.id);
      }
      if (open.size > 0) onIds?.(ids());
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
