/** What `decideVault` takes and gives. */
import type { Outcome } from './decision.ts';
import type { RequestContext } from './vaultcel.ts';
import type { VaultOperation, VaultRedaction } from './vaultdocument.ts';
import type { VaultTableFacts } from './vaultfacts.ts';
import { holdsFor } from './vaultpredicate.ts';
import type { VaultPredicate, VaultRow } from './vaultpredicate.ts';

export type VaultRequest = {
  readonly subject: string;
  /** Ids of the roles the caller acts in; null means every role it holds. */
  readonly roles: readonly string[] | null;
  readonly operation: VaultOperation;
  readonly vault: string;
  readonly table: VaultTableFacts;
  readonly context: RequestContext | null;
  readonly purpose: string | null;
  /** Whether the caller named a ticket. */
  readonly ticket: boolean;
  /** Name of the connection the values pass through; null, or left out, for a caller who has them itself. */
  readonly connection?: string | null;
  readonly nowMs: number;
};

export type VaultDecision = {
  /** `dec_` and a digest of policies, request (without time) and outcome, as for `Decision`. */
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  /** By column id: every column of the table. */
  readonly columns: ReadonlyMap<string, VaultColumnDecision>;
  /** Columns whose raw values `shownAs` asks for. */
  readonly reads: readonly string[];
  readonly obligations: { readonly valuesPerHour: number | null };
  readonly reasons: readonly VaultReason[];
};

export type VaultColumnDecision = {
  readonly effect: 'allow' | 'deny';
  /** The most revealing level any row may have; REDACTED when denied. */
  readonly redaction: VaultRedaction;
  /** A row that fulfils one of these, or of which it cannot be told, is denied. */
  readonly denied: readonly VaultPredicate[];
  /** The first whose condition the row fulfils counts; the most revealing come first. */
  readonly allowed: readonly VaultCase[];
};

/** `rows` null: every row. */
export type VaultCase = {
  readonly redaction: VaultRedaction;
  readonly rows: VaultPredicate | null;
};

/** One thing that was considered, and what came of it. */
export type VaultReason = {
  readonly about: 'subject' | 'purpose' | 'role' | 'rule';
  /** The document; null for a rule built into Privet. */
  readonly policy: string | null;
  /** Name of the rule in the document, or of the system role. */
  readonly clause: string | null;
  readonly outcome: Extract<Outcome, 'allows' | 'does-not-allow' | 'denies'>;
  readonly why: VaultWhy;
  /** `why` in a sentence, or the text of the rule that counts. */
  readonly rule: string;
};

/** Why something came out as it did, in a word that holds nothing of the request. */
export type VaultWhy = keyof typeof VAULT_WHYS;

/** Each `why` as a sentence; what counts is said by the rule's own text, where that is known. */
export const VAULT_WHYS = {
  'unknown-subject': 'the subject is not known',
  'inactive-subject': 'the subject is not active',
  'unknown-purpose': 'the purpose is not known',
  'no-policy': 'no policy and no role is about the vault',
  'purpose-required': 'a purpose is required',
  'ticket-required': 'a ticket is required',
  'no-rule': 'no rule allows it',
  'other-role': 'not one of its roles',
  'other-purpose': 'not for the purpose of the request',
  'condition-unclear': 'its condition cannot be worked out',
  'condition-unmet': 'its condition does not hold',
  counts: 'its rule counts',
} as const;

const ORDER: readonly VaultRedaction[] = ['REDACTED', 'MASKED', 'PLAIN_TEXT'];

/** The level that shows less. */
export function leastRevealing(left: VaultRedaction, right: VaultRedaction): VaultRedaction {
  return ORDER.indexOf(left) < ORDER.indexOf(right) ? left : right;
}

/** Below zero when the left level shows more. */
export function byRevealing(left: VaultRedaction, right: VaultRedaction): number {
  return ORDER.indexOf(right) - ORDER.indexOf(left);
}

/** What this row shows of the column; null when it shows nothing, not even that there is a value. */
export function shownAs(column: VaultColumnDecision, row: VaultRow): VaultRedaction | null {
  // INVARIANT: a prohibition counts unless it is certain that the row is not meant; a permission only when it is.
  if (column.denied.some((rows) => holdsFor(rows, row) !== false)) return null;
  const shown = column.allowed.find(({ rows }) => rows === null || holdsFor(rows, row) === true);
  return shown?.redaction ?? null;
}
