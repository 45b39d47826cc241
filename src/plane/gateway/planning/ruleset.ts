import type { Decision } from '#engines/policy';
import type { Catalog, Relation, RelationRule } from '#engines/sql';
import { guardOf, type StreamMask } from './guard.ts';
import { RULES_AGE_MS_MAX } from '../limits.ts';
import type { AccessView, SourceSystem } from '../port.ts';

/** Who asks, as what, of which system: everything a rule depends on beside time. */
export type Acting = {
  readonly subject: string;
  readonly system: SourceSystem;
  readonly project: string | null;
  readonly purpose: string | null;
};

/** The rule of one relation and the decision it comes from. */
export type RelationDetail = {
  readonly relation: Relation | undefined;
  readonly source: `src_${string}` | null;
  readonly decision: Decision | null;
  readonly rule: RelationRule;
  readonly masks: ReadonlyMap<string, StreamMask>;
};

/** Rules of one acting subject under one bundle at one time, worked out as they are asked for. */
export type RuleSet = {
  readonly serial: number;
  readonly acting: Acting;
  readonly madeAtMs: number;
  detail(oid: number): RelationDetail;
  /** Names the rules of these relations together: equal key, equal rules. */
  keyOf(relations: readonly number[]): string;
};

const relationsByOid = new WeakMap<Catalog, ReadonlyMap<number, Relation>>();

/** Whether a rule set still answers for this acting subject, bundle and time. */
export function stillHolds(
  rules: RuleSet,
  now: { acting: Acting; serial: number; nowMs: number },
): boolean {
  const { acting } = rules;
  return (
    rules.serial === now.serial &&
    now.nowMs - rules.madeAtMs < RULES_AGE_MS_MAX &&
    acting.subject === now.acting.subject &&
    acting.project === now.acting.project &&
    acting.purpose === now.acting.purpose &&
    sameSystem(acting.system, now.acting.system)
  );
}

/** Compared by its parts: sources describe a system anew every time they are asked, around the same catalog. */
function sameSystem(left: SourceSystem, right: SourceSystem): boolean {
  return (
    left.catalog === right.catalog &&
    left.mode === right.mode &&
    left.id === right.id &&
    left.name === right.name
  );
}

/** A rule set that asks the bundle once a relation. */
export function createRuleSet(view: AccessView, acting: Acting, nowMs: number): RuleSet {
  const details = new Map<number, RelationDetail>();
  const keys = new WeakMap<readonly number[], string>();
  const detail = (oid: number): RelationDetail => {
    const known = details.get(oid);
    if (known !== undefined) return known;
    const made = decideRelation(oid, { view, acting, nowMs });
    details.set(oid, made);
    return made;
  };
  return {
    serial: view.serial,
    acting,
    madeAtMs: nowMs,
    detail,
    keyOf: (relations) => {
      const known = keys.get(relations);
      if (known !== undefined) return known;
      const key = relations.map((oid) => `${oid}:${ruleKey(detail(oid).rule)}`).join(' ');
      keys.set(relations, key);
      return key;
    },
  };
}

function decideRelation(
  oid: number,
  asked: { view: AccessView; acting: Acting; nowMs: number },
): RelationDetail {
  const { view, acting, nowMs } = asked;
  const relation = relationOf(acting.system.catalog, oid);
  const source = relation && view.source(acting.system.name, relation.schema, relation.name);
  if (relation === undefined || source === undefined) {
    return { relation, source: null, decision: null, rule: { kind: 'absent' }, masks: new Map() };
  }
  const decision = view.decide({
    subject: acting.subject,
    project: acting.project,
    purpose: acting.purpose,
    source,
    operation: 'select',
    nowMs,
  });
  return { relation, source, decision, ...guardOf(relation, decision) };
}

function relationOf(catalog: Catalog, oid: number): Relation | undefined {
  let byOid = relationsByOid.get(catalog);
  if (byOid === undefined) {
    byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
    relationsByOid.set(catalog, byOid);
  }
  return byOid.get(oid);
}

function ruleKey(rule: RelationRule): string {
  return rule.kind === 'guarded' ? rule.audience : rule.kind;
}
