import { DECISION_RULES_MAX, NAME_MAX } from '#boundary';
import type { FactBody } from '#boundary';
import type { VaultColumnDecision, VaultDecision, VaultRequest } from '#engines/policy';

type DecisionFact = FactBody<'vault-decision'>;

/** A decision with the question it answers, and the bundle it was made from. */
export type Decided = {
  readonly request: VaultRequest;
  readonly decision: VaultDecision;
  readonly bundleSerial: number;
  /** What the caller said of a purpose, where that is one. */
  readonly purpose: string | null;
};

/** What came of a request that hung on a decision. */
export type Came = Pick<DecisionFact, 'door' | 'effect' | 'records' | 'values' | 'durationMicros'>;

/** Gathers decisions and tells control of them. */
export type DecisionDesk = {
  /** Takes one along; never waits, never throws. */
  note(decided: Decided, came: Came): void;
  /** One of the last that were noted, by its id: what control may not know yet. */
  find(id: string): Decided | null;
  /** Tells what is due; happens by itself each second. */
  tellDue(): void;
  /** Tells all that waits. */
  flush(): void;
  close(): void;
};

export type DecisionDeskPorts = {
  readonly tell: (fact: DecisionFact) => void;
  readonly clock: () => number;
};

const TICK_MS = 1_000;
/** A decision that was not told before is told this soon, so that it can be asked about. */
const FIRST_MS = 1_000;
/** Afterwards it is told once in this time: a token a request, hundreds a second, are one fact a minute. */
const AGAIN_MS = 60_000;
/** Decisions that wait, each with its table's columns; more are told early. */
const GATHERED_MAX = 2_000;
/** Facts told in one go while requests wait. */
const EARLY_MAX = 100;
/** Decisions that can be asked about here. */
const REMEMBERED_MAX = 500;
/** Decisions remembered as told. */
const TOLD_MAX = 20_000;

type Gathered = {
  readonly decided: Decided;
  readonly door: Came['door'];
  readonly effect: Came['effect'];
  readonly sinceMs: number;
  readonly dueMs: number;
  timeMs: number;
  requests: number;
  records: number;
  values: number;
  durationMicros: number;
};

/** A desk of one process. What it has gathered is in memory: the ledger's leaves are the record. */
export function openDecisionDesk({ tell, clock }: DecisionDeskPorts): DecisionDesk {
  const gathered = new Map<string, Gathered>();
  const told = new Set<string>();
  const last = new Map<string, Decided>();

  function tellUntil(untilMs: number, most = Number.POSITIVE_INFINITY): void {
    let left = most;
    for (const [key, one] of gathered) {
      if (one.dueMs > untilMs) continue;
      if (left-- <= 0) return;
      gathered.delete(key);
      if (told.size >= TOLD_MAX) told.clear();
      told.add(key);
      tell(factOf(one));
    }
  }
  const tellDue = () => tellUntil(clock(), EARLY_MAX);
  const tellAll = () => tellUntil(Number.POSITIVE_INFINITY);
  const timer = setInterval(tellDue, TICK_MS);
  timer.unref();
  return {
    note(decided, { door, effect, records, values, durationMicros }) {
      const { id } = decided.decision;
      const key = `${id} ${door} ${effect}`;
      const nowMs = clock();
      let one = gathered.get(key);
      if (one === undefined) {
        if (gathered.size >= GATHERED_MAX) tellUntil(Number.POSITIVE_INFINITY, EARLY_MAX);
        last.delete(id);
        last.set(id, decided);
        const [oldest] = last.keys();
        if (last.size > REMEMBERED_MAX && oldest !== undefined) last.delete(oldest);
        const dueMs = nowMs + (told.has(key) ? AGAIN_MS : FIRST_MS);
        const counts = { requests: 0, records: 0, values: 0, durationMicros: 0 };
        one = { decided, door, effect, sinceMs: nowMs, dueMs, timeMs: nowMs, ...counts };
        gathered.set(key, one);
      }
      one.timeMs = nowMs;
      one.requests += 1;
      one.records += records;
      one.values += values;
      one.durationMicros += durationMicros;
    },
    find: (id) => last.get(id) ?? null,
    tellDue,
    flush: tellAll,
    close() {
      clearInterval(timer);
      tellAll();
    },
  };
}

function factOf({ decided, dueMs: _due, ...gathered }: Gathered): DecisionFact {
  const { request, decision, bundleSerial, purpose } = decided;
  const { reasons, obligations } = decision;
  const counting = reasons.filter(({ why }) => why === 'counts' || why === 'condition-unclear');
  const named = [...new Set([...counting, ...reasons])].slice(0, DECISION_RULES_MAX);
  return {
    kind: 'vault-decision',
    subject: request.subject as DecisionFact['subject'],
    vault: request.vault as DecisionFact['vault'],
    table: request.table.id as DecisionFact['table'],
    operation: request.operation,
    purpose,
    ticket: request.ticket,
    context: request.context !== null,
    connection: request.connection ?? null,
    bundleSerial,
    decision: decision.id,
    decided: decision.effect,
    columns: [...decision.columns].map(([column, one]) => columnOf(column, one)),
    valuesPerHour: obligations.valuesPerHour,
    considered: named.map(({ policy, clause, outcome, why }) => ({
      policy,
      clause: clause !== null && Buffer.byteLength(clause) <= NAME_MAX ? clause : null,
      outcome,
      why,
    })),
    unnamed: reasons.length - named.length,
    ...gathered,
  };
}

type ColumnLine = DecisionFact['columns'][number];

/** Each level once: for every row where some case has no condition. */
function columnOf(column: string, { allowed, denied }: VaultColumnDecision): ColumnLine {
  const levels = Map.groupBy(allowed, ({ redaction }) => redaction);
  return {
    column: column as ColumnLine['column'],
    denied: denied.length > 0,
    levels: [...levels].map(([redaction, cases]) => ({
      redaction,
      rows: cases.some(({ rows }) => rows === null) ? 'every' : 'some',
    })),
  };
}
