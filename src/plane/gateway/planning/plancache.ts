import type { StatementPlan } from '#engines/sql';

/** Plans of one text under one set of rules. */
export type PlanVariant = {
  readonly statements: readonly StatementPlan[];
  /** Relations whose rules the planner asked for. */
  readonly consulted: readonly number[];
};

type Entry = {
  consulted: readonly number[];
  readonly variants: Map<string, PlanVariant>;
  sizeBytes: number;
};

/** Remembers plans by text and session facts, then by the rules of the relations they read; oldest unused go first. */
export type PlanCache = {
  /** The plan under the rules that `keyOf` names for the relations this text is known to read. */
  find(name: string, keyOf: (relations: readonly number[]) => string): PlanVariant | null;
  keep(name: string, rulesKey: string, variant: PlanVariant): void;
  sizeBytes(): number;
};

/** Variants of one text kept at once: people of one team share an audience, so few are alive at a time. */
const VARIANTS_MAX = 8;
/** Objects and keys around a text cost about this much beside its characters. */
const OVERHEAD_BYTES = 600;
/** One output column, guard or relation. */
const COLUMN_BYTES = 120;

/** A cache of plans that never weighs more than `bytesMax` (estimated). */
export function createPlanCache(bytesMax: number): PlanCache {
  const entries = new Map<string, Entry>();
  let total = 0;
  const drop = (name: string, entry: Entry): void => {
    entries.delete(name);
    total -= entry.sizeBytes;
  };
  const trim = (): void => {
    for (const [name, entry] of entries) {
      if (total <= bytesMax) return;
      drop(name, entry);
    }
  };
  return {
    find: (name, keyOf) => {
      const entry = entries.get(name);
      if (entry === undefined) return null;
      entries.delete(name);
      entries.set(name, entry);
      return entry.variants.get(keyOf(entry.consulted)) ?? null;
    },
    keep: (name, rulesKey, variant) => {
      const known = entries.get(name);
      if (known !== undefined) drop(name, known);
      const same = known !== undefined && sameList(known.consulted, variant.consulted);
      const variants = same && known.variants.size < VARIANTS_MAX ? known.variants : new Map();
      variants.set(rulesKey, variant);
      const sizeBytes =
        name.length * 2 + [...variants.values()].reduce((sum, v) => sum + weigh(v), 0);
      // The list must be the one the variants were keyed by, so that a rule set's memory of it keeps serving.
      const consulted = same ? known.consulted : variant.consulted;
      entries.set(name, { consulted, variants, sizeBytes });
      total += sizeBytes;
      trim();
    },
    sizeBytes: () => total,
  };
}

function sameList(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, i) => value === right[i]);
}

/** An estimate: exact sizes would cost more than planning does. */
function weigh(variant: PlanVariant): number {
  let size = OVERHEAD_BYTES + variant.consulted.length * 8;
  for (const plan of variant.statements) {
    size += OVERHEAD_BYTES + (plan.text.length + plan.normalized.length) * 2;
    size += (plan.output.length + plan.guards.length + plan.relations.length) * COLUMN_BYTES;
    for (const barrier of plan.barriers) size += barrier.create.length * 4;
  }
  return size;
}
