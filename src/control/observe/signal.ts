import type { SignalKind } from './alertcontent.ts';
import type { Severity } from './severity.ts';

/** A word about one thing that is watched. */
export type Signal = {
  readonly plane: string;
  /** Names the thing, the same for ever: `test:<digest>`, `series:<digest>`, `grants:<role>`. */
  readonly key: string;
  readonly kind: SignalKind;
  readonly assetId: number;
  readonly column: string | null;
  readonly check: string;
  readonly dimension: string | null;
  readonly severity: Severity;
  readonly state: 'ok' | 'failing';
  readonly failures: number | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly atMs: number;
};
