import type { DocumentState, Who } from './document.ts';
import type { VaultPredicate } from './vaultpredicate.ts';

/** What someone can ask of a vault's table. */
export const VAULT_OPERATIONS = [
  'read',
  'detokenize',
  'tokenize',
  'insert',
  'update',
  'delete',
] as const;
export type VaultOperation = (typeof VAULT_OPERATIONS)[number];

/** How much of a value shows: all of it, what the column's pattern leaves, or only that there is one. */
export type VaultRedaction = 'PLAIN_TEXT' | 'MASKED' | 'REDACTED';

/** The words rules use for operations, as Skyflow's do. */
export const VAULT_ACTIONS: Readonly<Record<string, readonly VaultOperation[]>> = {
  CREATE: ['insert'],
  READ: ['read'],
  UPDATE: ['update'],
  DELETE: ['delete'],
  TOKENIZATION: ['tokenize'],
  DETOKENIZATION: ['detokenize'],
  ALL: ['insert', 'read', 'update', 'delete', 'tokenize', 'detokenize'],
};

/** What a rule is about, by the names its author wrote. */
export type VaultTarget =
  | { readonly kind: 'vault' }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'column'; readonly table: string; readonly column: string }
  | { readonly kind: 'group'; readonly group: string };

/** One rule text, read. Names in it are the author's; ids are in the policy's `bindings`. */
export type VaultRule = {
  readonly name: string;
  readonly text: string;
  readonly effect: 'allow' | 'deny';
  readonly operations: readonly VaultOperation[];
  readonly targets: readonly VaultTarget[];
  /** Null means what the column itself says (DEFAULT). */
  readonly redaction: VaultRedaction | null;
  /** Null lets it count for every row. */
  readonly where: VaultPredicate | null;
  /** CEL over `request.context`, `user`, `purpose` and `time`; null asks nothing. */
  readonly when: string | null;
  /** One of these (or one below) must be the purpose of the request; empty asks for none. */
  readonly purposes: readonly string[];
};

/** What a request must bring, and how much it may take, before anything of these tables is shown. */
export type RevealDuty = {
  /** Names of tables; empty means every table of the vault. */
  readonly tables: readonly string[];
  readonly purposes: readonly string[];
  readonly ticket: boolean;
  readonly valuesPerHour: number | null;
};

/** Ids the names of a policy stand for, settled when it was applied: renaming a column changes no protection. */
export type VaultBindings = {
  readonly vault: string;
  /** Ids by `table` and `table.column` as the rules write them. */
  readonly names: Readonly<Record<string, string>>;
};

/** Rules about one vault, for those in one of the roles or meeting `for`. */
export type VaultPolicy = {
  readonly kind: 'VaultPolicy';
  readonly name: string;
  readonly description: string;
  readonly state: DocumentState;
  readonly vault: string;
  /** Names of roles; a policy without roles and without `for` is nobody's yet. */
  readonly roles: readonly string[];
  readonly for: Who | null;
  readonly rules: readonly VaultRule[];
  readonly reveal: RevealDuty | null;
  /** Null in a text; always there in what is stored and decided from. */
  readonly bindings: VaultBindings | null;
};
