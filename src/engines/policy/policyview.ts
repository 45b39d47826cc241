import type { CelContext } from './cel.ts';
import type { TypeFamily } from './columntype.ts';
import type { Condition } from './condition.ts';
import type { Decision, Reason } from './decision.ts';
import type { MaskPolicy, MaskStep, RowPolicy, RowStep, SubscriptionPolicy } from './document.ts';
import type { Facts, Project, SourceFacts, SubjectFacts } from './facts.ts';
import type { Glob, SourceGlob } from './glob.ts';
import type { CompiledTarget, SourceTraits } from './target.ts';
import type { TargetIndex } from './targetindex.ts';
import type { Token } from './template.ts';
import type { CompiledVault } from './vaultview.ts';

/** What the engine does not bring itself: SHA-256 of a text's UTF-8 bytes, in hex. */
export type Tools = { readonly sha256: (text: string) => string };

export type Step<S> = { readonly clause: string; readonly step: S; readonly who: Condition | null };
export type CompiledSubscription = {
  readonly order: number;
  readonly target: CompiledTarget;
  readonly document: SubscriptionPolicy;
  readonly allow: Condition;
};
export type CompiledMask = {
  readonly order: number;
  readonly target: CompiledTarget;
  readonly document: MaskPolicy;
  readonly except: Condition | null;
  readonly steps: readonly Step<MaskStep>[];
};
export type CompiledRows = {
  readonly order: number;
  readonly target: CompiledTarget;
  readonly document: RowPolicy;
  readonly except: Condition | null;
  readonly steps: readonly Step<RowStep>[];
};
export type CompiledProject = {
  readonly facts: Project;
  readonly sources: readonly SourceGlob[];
  /** Purposes each member acknowledged, by subject id. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Masks found by what they select, so that a column asks only for those about it. */
export type MaskIndex = {
  readonly byTag: ReadonlyMap<string, readonly CompiledMask[]>;
  readonly byName: ReadonlyMap<string, readonly CompiledMask[]>;
  readonly wild: readonly { readonly pattern: Glob; readonly mask: CompiledMask }[];
};

/** Facts made ready for decisions. What it remembers of earlier decisions never changes an answer. */
export type PolicyView = {
  readonly digest: string;
  readonly tools: Tools;
  readonly facts: Facts;
  readonly subjects: ReadonlyMap<string, SubjectFacts>;
  readonly sources: ReadonlyMap<string, SourceFacts>;
  readonly projects: ReadonlyMap<string, CompiledProject>;
  readonly purposes: ReadonlySet<string>;
  readonly subscriptions: TargetIndex<CompiledSubscription>;
  readonly masks: MaskIndex;
  readonly rows: TargetIndex<CompiledRows>;
  /** By vault id. */
  readonly vaults: ReadonlyMap<string, CompiledVault>;
  readonly tokensOf: (sql: string) => readonly Token[];
  readonly plans: Map<string, SourcePlan>;
  readonly decisions: Map<string, Decision>;
  readonly reasons: SharedReasons;
  readonly outcomes: Map<string, Pick<Decision, 'columns' | 'filter' | 'reasons'>>;
};

/** All that policies say about a source before anyone asks: worked out at the first question about it. */
export type SourcePlan = {
  readonly traits: SourceTraits;
  readonly cel: CelContext['source'];
  readonly subscriptions: readonly CompiledSubscription[];
  readonly columns: readonly ColumnPlan[];
  readonly rows: readonly CompiledRows[];
  readonly types: ReadonlyMap<string, TypeFamily>;
  readonly byTag: ReadonlyMap<string, readonly string[]>;
  /** Whether answers may change with time alone, so that they must not be remembered. */
  readonly timed: boolean;
};

export type ColumnPlan = {
  readonly name: string;
  readonly type: string;
  readonly family: TypeFamily;
  readonly unreviewed: boolean;
  readonly mask: CompiledMask | null;
  /** Masks that lost against `mask`, each with the rule it lost by. */
  readonly overridden: readonly Reason[];
};

/** Reasons of a view, each kind of reason as one object. */
export type SharedReasons = {
  readonly byKey: Map<string, Reason>;
  readonly shared: Set<Reason>;
};
