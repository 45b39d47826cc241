import type { Granted, Compiler } from './substitute.ts';
import type { Relation } from './catalog.ts';
import type { CatalogIndex } from './catalogindex.ts';
import type { Frame, Output } from './frame.ts';
import type { Barrier, Origin, PlanSession, SettingChange } from './plan.ts';
import type { Column } from './scope.ts';
import type { Edit } from './splice.ts';
import type { Token } from './token.ts';
import type { Inner, Node } from './tree.ts';
import type { Value } from './value.ts';

/** What the walk over one statement finds out, beside the changed tree. */
export type Findings = {
  readonly relations: Set<number>;
  readonly barriers: Map<string, Barrier>;
  readonly guards: Map<string, Origin>;
  readonly sets: SettingChange[];
  governed: boolean;
  parameters: number;
};

/**
 * The state of the walk over one statement. The tree is changed in place while `edits` gather the same changes for the
 * text; after the walk both must come to the same tree again.
 */
export type Analysis = {
  readonly bytes: Uint8Array;
  readonly tokens: readonly Token[];
  readonly index: CatalogIndex;
  readonly session: PlanSession;
  readonly compiler: Compiler;
  readonly edits: Edit[];
  /** Changes that must wait until every column reference is known. */
  readonly later: (() => void)[];
  /** Every node a handler has looked at; what is left over at the end refuses the statement. */
  readonly seen: Set<object>;
  /** The columns each column reference came to; a star comes to all of its range. */
  readonly resolved: Map<object, readonly Column[]>;
  /** What each subquery in an expression gives. */
  readonly subqueries: Map<object, readonly Output[]>;
  readonly findings: Findings;
  /** What the subject may see of a relation, null when it may not know of it. */
  readonly grant: (relation: Relation) => Granted | null;
  /** Every relation of the catalog the subject may know of, with what it may see. */
  readonly grants: () => readonly Granted[];
  /** Whether every relation of the catalog is open to the subject. */
  readonly unrestricted: () => boolean;
  readonly expression: (node: Node, frame: Frame) => Value;
  readonly query: (select: Inner<'SelectStmt'>, frame: Frame) => readonly Output[];
};
