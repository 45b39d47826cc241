import type { VaultRedaction } from './vaultdocument.ts';

/** A vault as policies see it: names people write, ids that stay when names change. */
export type VaultFacts = {
  readonly id: string;
  readonly name: string;
  readonly tables: readonly VaultTableFacts[];
};

export type VaultTableFacts = {
  readonly id: string;
  readonly name: string;
  readonly columns: readonly VaultColumnFacts[];
};

export type VaultColumnFacts = {
  readonly id: string;
  readonly name: string;
  /** The column groups it shares its tokens with. */
  readonly groups: readonly string[];
  /** What DEFAULT means for it. */
  readonly redaction: VaultRedaction;
};

/** A role at one vault and who holds it; system roles bring rules of their own. */
export type VaultRole = {
  readonly id: string;
  readonly name: string;
  readonly vault: string;
  readonly definition: VaultRoleDefinition;
  readonly members: readonly string[];
};

export const VAULT_ROLE_DEFINITIONS = [
  'VAULT_OWNER',
  'VAULT_EDITOR',
  'VAULT_VIEWER',
  'CUSTOM',
] as const;
export type VaultRoleDefinition = (typeof VAULT_ROLE_DEFINITIONS)[number];

/** What holders of system roles may do, in the language of rules. */
export const SYSTEM_ROLE_RULES: Readonly<Record<VaultRoleDefinition, readonly string[]>> = {
  VAULT_OWNER: ['ALLOW ALL WITH REDACTION = PLAIN_TEXT'],
  VAULT_EDITOR: ['ALLOW ALL'],
  VAULT_VIEWER: ['ALLOW READ'],
  CUSTOM: [],
};
