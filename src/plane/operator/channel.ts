/** Where items of the quarantine come from. */
export const CHANNELS = ['border-fact', 'collector', 'gateway', 'vault-bulk'] as const;
