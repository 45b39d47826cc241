/** How much there is to read. */
export const ROWS = 1_000_000;
export const ACCOUNTS = 100_000;
