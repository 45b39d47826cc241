import type { Reason } from './decision.ts';
import type { PolicyView, SharedReasons } from './policyview.ts';

/** Reasons kept to be shared, about 200 bytes each; the same few thousand come up again and again. */
const REASONS_KEPT_MAX = 50_000;

export function noReasons(): SharedReasons {
  return { byKey: new Map(), shared: new Set() };
}

/** One object for all equal reasons of a view: most of what decisions weigh is their reasons. */
export function sharedReason(view: PolicyView, reason: Reason): Reason {
  if (view.reasons.shared.has(reason)) return reason;
  const { policy, clause, column, outcome, rule } = reason;
  const key = `${policy}\n${clause}\n${column}\n${outcome}\n${rule}`;
  const { byKey, shared } = view.reasons;
  const known = byKey.get(key);
  if (known !== undefined) return known;
  if (shared.size >= REASONS_KEPT_MAX) {
    byKey.clear();
    shared.clear();
  }
  byKey.set(key, reason);
  shared.add(reason);
  return reason;
}
