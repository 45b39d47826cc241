import type { Acting, Condition } from './condition.ts';
import type { Step } from './policyview.ts';

/** Which step of a chain acts on someone, or why the chain shows nothing. */
export type Chosen<S> =
  | { readonly kind: 'spared' }
  | { readonly kind: 'step'; readonly step: Step<S> }
  | { readonly kind: 'failed'; readonly clause: string };

/**
 * The first step whose `for` holds. A `for` that cannot be worked out does not hold for a step that shows everything
 * (`open`), and stops the chain at any other, so that an error never shows more.
 */
export function choose<S>(
  chain: { readonly except: Condition | null; readonly steps: readonly Step<S>[] },
  acting: Acting,
  isOpen: (step: S) => boolean,
): Chosen<S> {
  if (chain.except?.judge(acting) === 'yes') return { kind: 'spared' };
  for (const step of chain.steps) {
    const verdict = step.who === null ? 'yes' : step.who.judge(acting);
    if (verdict === 'yes') return { kind: 'step', step };
    if (verdict === 'error' && !isOpen(step.step)) return { kind: 'failed', clause: step.clause };
  }
  return { kind: 'failed', clause: 'otherwise' };
}
