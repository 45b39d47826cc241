/** Whether a mask needs a key: such masks are applied in the stream, never in SQL. */
export function isKeyed(mask: { readonly kind: string }): boolean {
  return mask.kind === 'hash' || mask.kind === 'reversible' || mask.kind === 'format-preserving';
}
