/** Dotted names (tags, purposes): `PII.SSN` lies under `PII`; a name lies under itself. */
export function under(name: string, ancestor: string): boolean {
  return name === ancestor || name.startsWith(`${ancestor}.`);
}

export function underAny(name: string, ancestors: readonly string[]): boolean {
  return ancestors.some((ancestor) => under(name, ancestor));
}

/** The name and all it lies under, shallowest first: `A.B.C` gives `A`, `A.B`, `A.B.C`. */
export function lineage(name: string): readonly string[] {
  const parts = name.split('.');
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}

/** Number of levels: 1 for `PII`, 2 for `PII.SSN`. */
export function depthOf(name: string): number {
  let depth = 1;
  for (const character of name) if (character === '.') depth++;
  return depth;
}
