import { NAME_BYTES_MAX } from '#base/limits';
import { utf8 } from '#base/bytes';
import { Problem } from '#base/problem';

/** Keys of these scopes roll by schedule: what they sealed names its version. */
export const ROLLING = 'rolling/';
/**
 * Keys of these scopes roll only when asked for by name: what they masked must stay equal to itself, or joins break
 * and stored masked values no longer match.
 */
export const CONSISTENT = 'consistent/';

/** Fits the envelope's header, and the ledger's names. */
const SCOPE_BYTES_MAX = 255;

/** Two names and an id, with room: longer references are not ours. */
const REFERENCE_BYTES_MAX = NAME_BYTES_MAX * 3;

/**
 * The scope of a mask's key, from the kind of the mask and the reference its policy gives (`source/src_…`,
 * `project/prj_…`, either with `/column/…`). Throws `invalid` when the reference is none.
 */
export function maskScope(
  kind: 'hash' | 'reversible' | 'format-preserving',
  reference: string,
): string {
  if (!/^\S+$/u.test(reference) || utf8(reference).length > REFERENCE_BYTES_MAX) {
    throw new Problem(
      'invalid',
      `key reference expected 1 to ${REFERENCE_BYTES_MAX} bytes without spaces`,
    );
  }
  return (kind === 'reversible' ? ROLLING : CONSISTENT) + reference;
}

/** The scope itself; throws `invalid` when it cannot name a key. */
export function checkScope(scope: string): string {
  if (/^\S+$/u.test(scope) && utf8(scope).length <= SCOPE_BYTES_MAX) return scope;
  throw new Problem('invalid', `key scope expected 1 to ${SCOPE_BYTES_MAX} bytes without spaces`);
}

/**
 * Whether a scope is meant by a pattern: itself, or a beginning followed by `*`. A pattern reaches consistent scopes
 * only when it begins as they do, so that `*` cannot break joins by accident.
 */
export function matchesScope(scope: string, pattern: string): boolean {
  if (scope === pattern) return true;
  if (!pattern.endsWith('*') || !scope.startsWith(pattern.slice(0, -1))) return false;
  return !scope.startsWith(CONSISTENT) || pattern.startsWith(CONSISTENT);
}
