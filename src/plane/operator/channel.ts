/**
 * Where items of the quarantine come from. `border-fact`: a fact the border would not take, for it held something no fact may.
 * `collector`: what a warehouse's engine said of a run or a test that broke. `gateway`: what a source said of a statement, where
 * the client was told less. `vault`: a row of a stream that was not written.
 */
export const CHANNELS = ['border-fact', 'collector', 'gateway', 'vault'] as const;
export type Channel = (typeof CHANNELS)[number];
