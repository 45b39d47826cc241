/** What is known when a decision is made; a bundle fits `Facts` as it is. */
import type { DocumentState, Policy, SubjectKind } from './document.ts';
import type { VaultPolicy } from './vaultdocument.ts';
import type { VaultFacts, VaultRole } from './vaultfacts.ts';

export type Facts = {
  readonly subjects: readonly SubjectFacts[];
  /** In authored order: it settles ties. */
  readonly policies: readonly Policy[];
  readonly projects: readonly Project[];
  readonly purposes: readonly Purpose[];
  readonly sources: readonly SourceFacts[];
  /** Policies of vaults decide apart from those of sources; their order settles nothing. */
  readonly vaultPolicies?: readonly VaultPolicy[];
  readonly roles?: readonly VaultRole[];
  /** Known to control, which binds, plans and tests; a plane decides from its own schema. */
  readonly vaults?: readonly VaultFacts[];
};

export type SubjectFacts = {
  readonly id: string;
  readonly name: string;
  readonly kind: SubjectKind;
  readonly state: 'active' | 'locked' | 'disabled';
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
};

export type SourceFacts = {
  readonly id: string;
  readonly system: string;
  readonly schema: string;
  readonly name: string;
  readonly state: 'active' | 'disabled';
  readonly tags: readonly TagFacts[];
  readonly columns: readonly ColumnFacts[];
};

export type ColumnFacts = {
  readonly name: string;
  /** As PostgreSQL's format_type() writes it. */
  readonly type: string;
  readonly tags: readonly TagFacts[];
};

export type TagFacts = { readonly name: string };

/** A Project document in force, with the people in it. */
export type Project = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly sources: readonly string[];
  readonly purposes: readonly string[];
  readonly maskedJoins: boolean;
  readonly members: readonly ProjectMember[];
};

/** `acknowledged`: the purposes whose statement this member accepted in this project. */
export type ProjectMember = { readonly subject: string; readonly acknowledged: readonly string[] };

export type Purpose = {
  readonly name: string;
  readonly description: string;
  readonly statement: string;
};
