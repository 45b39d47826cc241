import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '#base/canonical';
import type { LeafBody, Urgency } from '#plane/ledger';
import { LEAF_COLUMNS_MAX } from './limits.ts';
import type { PlanRefusal } from './planning/planning.ts';
import type { GatewayPorts } from './port.ts';
import type { Reading, Running } from './rows/reading.ts';
import type { RelationDetail, RuleSet } from './planning/ruleset.ts';

type QueryLeaf = Extract<LeafBody, { kind: 'query' }>;
type SourceLine = QueryLeaf['sources'][number];

/** Who is on record as the one who asks. */
export type Auditee = {
  readonly session: string;
  readonly subject: `sub_${string}`;
  readonly system: { readonly id: `sys_${string}`; readonly name: string };
};

export type StatementEnd = {
  readonly running: Running;
  readonly effect: 'allow' | 'deny' | 'failed' | 'cancelled';
  readonly project: `prj_${string}` | null;
  /** Whether the client waits for the leaf. */
  readonly urgency: Urgency;
};

/** Writes leaves and facts of one session. */
export type Auditor = {
  /** One leaf and, for governed data, one fact; resolves once the leaf is durable. */
  statement(end: StatementEnd): Promise<void>;
  refused(refusal: PlanRefusal, rules: RuleSet | null): Promise<void>;
};

/** An auditor for one logged-in session. */
export function createAuditor(ports: GatewayPorts, who: Auditee): Auditor {
  const head = {
    actor: { kind: 'subject' as const, id: who.subject },
    session: who.session,
    door: 'gateway' as const,
  };
  return {
    statement: (end) => {
      const { reading, plan } = end.running;
      const { acting, serial } = reading.rules;
      const common = {
        mode: acting.system.mode,
        project: end.project,
        purpose: acting.purpose,
        bundleSerial: serial,
        sources: sourceLines(reading),
        rows: end.running.rows,
        durationMicros: Math.max(0, Math.round(microsNow() - end.running.startedMicros)),
        fingerprint: plan.fingerprint === '' ? null : plan.fingerprint,
      };
      if (reading.plan.governed) tellDecision(ports, { who, end, common });
      const leaf: LeafBody = {
        kind: 'query',
        ...head,
        ...common,
        statement: plan.kind,
        effect: end.effect,
        system: who.system,
        normalized: plan.normalized,
      };
      return ports.record(leaf, end.urgency);
    },
    refused: (refusal, rules) =>
      ports.record({
        kind: 'statement-refused',
        ...head,
        code: refusal.sqlState,
        sources: [],
        bundleSerial: rules?.serial ?? 0,
        fingerprint: refusal.fingerprint,
        normalized: refusal.normalized,
      }),
  };
}

function tellDecision(
  ports: GatewayPorts,
  from: {
    who: Auditee;
    end: StatementEnd;
    common: Pick<
      QueryLeaf,
      'mode' | 'project' | 'purpose' | 'bundleSerial' | 'rows' | 'durationMicros' | 'fingerprint'
    >;
  },
): void {
  const { running, effect } = from.end;
  const { reading } = running;
  ports.tell({
    kind: 'decision',
    timeMs: ports.clock(),
    subject: from.who.subject,
    door: 'gateway',
    effect: effect === 'cancelled' ? 'failed' : effect,
    ...from.common,
    sources: detailsOf(reading).flatMap((detail) => factLine(detail)),
  });
}

/** Microseconds from a clock that only moves forward, for durations. */
export function microsNow(): number {
  return performance.now() * 1_000;
}

const lines = new WeakMap<RelationDetail, SourceLine>();

function sourceLines(reading: Reading): SourceLine[] {
  return detailsOf(reading).flatMap((detail) => {
    const known = lines.get(detail) ?? sourceLine(detail);
    if (known === null) return [];
    lines.set(detail, known);
    return [known];
  });
}

function detailsOf(reading: Reading): RelationDetail[] {
  return [...new Set(reading.plan.relations)].map((oid) => reading.rules.detail(oid));
}

function sourceLine(detail: RelationDetail): SourceLine | null {
  const { source, decision } = detail;
  if (source === null || decision === null) return null;
  const columns = decision.columns.map(({ name, show }) => ({
    name,
    show: show.kind,
    mask: show.kind === 'mask' ? show.mask.kind : null,
  }));
  const many = columns.length > LEAF_COLUMNS_MAX;
  return {
    source,
    decision: decision.id,
    effect: decision.effect,
    filtered: decision.filter !== null,
    columns: many ? null : columns,
    columnsDigest: many ? digest(columns) : null,
  };
}

function factLine(
  detail: RelationDetail,
): Extract<Parameters<GatewayPorts['tell']>[0], { kind: 'decision' }>['sources'] {
  const { source, decision } = detail;
  if (source === null || decision === null) return [];
  return [
    {
      source,
      decision: decision.id,
      effect: decision.effect,
      filtered: decision.filter !== null,
      columns: decision.columns.map(({ name, show }) => ({ name, show: show.kind })),
    },
  ];
}

function digest(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
