/** Every group of the one settings file; a test compares it with what the parts declare. */
export const SETTING_PREFIXES = [
  'collector',
  'connections',
  'control',
  'egress',
  'exports',
  'gateway',
  'keys',
  'ledger',
  'operator',
  'plane',
  'sources',
  'up',
  'vault',
  'vaultApi',
  'vaultQuery',
  'witness',
] as const;

/** The groups that programs other than this one read from the file, which this one passes over. */
export function prefixesOfOthers(
  ...own: readonly (typeof SETTING_PREFIXES)[number][]
): readonly string[] {
  return SETTING_PREFIXES.filter((prefix) => !own.includes(prefix));
}
