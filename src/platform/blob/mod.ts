/**
 * Where byte strings are kept that are too large or too many for the database: files of the vault, tiles of the ledger.
 * A local directory by default. What is kept here is as readable as the disk; whoever stores something secret seals it first.
 */
export { openLocalBlobs } from './localstore.ts';
export type { BlobStore } from './blobstore.ts';
