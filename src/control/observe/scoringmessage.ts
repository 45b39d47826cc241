import type { ProblemCode } from '#base/problem';
import type { ScoringRun } from './scoring.ts';

/** What the thread begins with. */
export type ScoringOrder = { readonly databaseUrl: string; readonly connectionsMax: number };

export type ScoringAnswer =
  | { readonly kind: 'run'; readonly run: ScoringRun | null }
  | { readonly kind: 'failed'; readonly code: ProblemCode; readonly message: string };
