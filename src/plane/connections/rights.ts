import type { AskedRedaction, Detokenised, VaultCaller, VaultSchema } from '#plane/vault';
import type { WriteOutcome, WriteRow } from '#plane/vault';

/** In whose name a call is made, and what the vault does for them: each decides by policy, counts and writes its leaves. */
export type Rights = {
  readonly caller: VaultCaller;
  readonly vault: VaultSchema;
  reveal(
    tokens: readonly { readonly token: string; readonly redaction: AskedRedaction }[],
  ): Promise<readonly Detokenised[]>;
  /** Throws `denied` where no value of the column could be written, or its token be had: before anything is asked of anybody. */
  requireTokens(column: {
    readonly table: string;
    readonly column: string;
    /** Whether a record that is there may be changed in place of a new one. */
    readonly upserts: boolean;
  }): void;
  /** All rows or none; gives their tokens. */
  write(rows: readonly WriteRow[]): Promise<readonly WriteOutcome[]>;
};
