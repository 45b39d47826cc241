import type { Permission } from '#boundary';

/** Who may call a route; every route has one, and a test walks them all. */
export type Need =
  /** Anybody control knows: with an identity token for this plane. */
  | { readonly kind: 'identity' }
  /** Control itself, with a request it signed. */
  | { readonly kind: 'control' }
  /** One of these permissions. */
  | { readonly kind: 'permission'; readonly anyOf: readonly Permission[] };

export const IDENTITY: Need = { kind: 'identity' };
export const CONTROL: Need = { kind: 'control' };

export function permission(...anyOf: readonly Permission[]): Need {
  return { kind: 'permission', anyOf };
}

/** The need as a sentence for the documentation and for refusals. */
export function describeNeed(need: Need): string {
  if (need.kind === 'identity') return 'needs an identity token for this plane';
  if (need.kind === 'control') return 'needs a request that control signed';
  return `needs permission ${need.anyOf.map((one) => `\`${one}\``).join(' or ')}`;
}
