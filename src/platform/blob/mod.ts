/**
 * Where byte strings are kept that are too large or too many for the database: files of the vault, tiles of the ledger.
 * A local directory by default, or a bucket of S3. What is kept here is as readable as the disk; whoever stores something secret seals it first.
 */
export { openLocalBlobs } from './localstore.ts';
export { readS3Address, s3Place } from './s3address.ts';
export { openS3Blobs } from './s3store.ts';
export type { BlobStore } from './blobstore.ts';
