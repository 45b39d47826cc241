import type { Analysis } from './analysis.ts';
import type { Answer, Asked } from './answers.ts';

export const visibility: readonly [string, (a: Analysis, asked: Asked) => Answer | null][] = [];
