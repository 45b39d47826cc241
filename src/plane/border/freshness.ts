import { BUNDLE_AGE_SECONDS_MAX } from '#base/limits';
import type { Bundle } from '#boundary';

/** The moment a bundle turns stale, in milliseconds: the earlier of what it says and what the plane allows at most. */
export function staleAtMs(bundle: Pick<Bundle, 'issuedAtMs' | 'expiresAtMs'>): number {
  return Math.min(bundle.expiresAtMs, bundle.issuedAtMs + BUNDLE_AGE_SECONDS_MAX * 1000);
}

/** A bundle with what its consumers made of it. */
export type Held<P> = {
  readonly bundle: Bundle;
  readonly prepared: P;
  /** SHA-256 of the signed payload, hex. */
  readonly digest: string;
};

/** What the plane decides from now: only `fresh` allows anything. */
export type BundleState<P> =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'fresh' | 'stale' } & Held<P>);

/** The state of what is held at a moment. */
export function stateOf<P>(held: Held<P> | null, nowMs: number): BundleState<P> {
  if (held === null) return { kind: 'none' };
  return { kind: nowMs < staleAtMs(held.bundle) ? 'fresh' : 'stale', ...held };
}
