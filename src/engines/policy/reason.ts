import type { Reason } from './decision.ts';
import type { PolicyView } from './view.ts';

/** Reasons kept to be shared, about 200 bytes each; the same few thousand come up again and again. */
const REASONS_KEPT_MAX = 50_000;

/** One object for all equal reasons of a view: most of what decisions weigh is their reasons. */
export function sharedReason(view: PolicyView, reason: Reason): Reason {
  const { policy, clause, column, outcome, rule } = reason;
  const key = `${policy}\n${clause}\n${column}\n${outcome}\n${rule}\n${reason.about}`;
  const known = view.reasons.get(key);
  if (known !== undefined) return known;
  if (view.reasons.size >= REASONS_KEPT_MAX) view.reasons.clear();
  view.reasons.set(key, reason);
  return reason;
}
