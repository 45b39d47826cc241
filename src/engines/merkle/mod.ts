/**
 * The Merkle tree of a transparency log, without any input or output: hashes, proofs, tiles, entry bundles, checkpoints,
 * cosignatures, and what a witness and a policy say of them, as RFC 6962 and C2SP tlog-tiles, signed-note,
 * tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-policy and tlog-proof have it. Ed25519 only. What a log of ours
 * holds and where it lies is in docs/formats/ledger-log.md.
 */
export { decodeBundle, encodeBundle } from './bundle.ts';
export { checkpointBody, parseCheckpoint, signedBy } from './checkpoint.ts';
export { cosignatureLine, cosignatureOf, cosignedMessage } from './cosignature.ts';
export { EMPTY_EDGE, edgeFrom, grow, headOf, rootOf } from './growth.ts';
export type { Edge, Grown } from './growth.ts';
export { emptyRoot, HASH_BYTES, leafHash, nodeHash } from './hash.ts';
export type { Note, NoteSignature } from './note.ts';
export { distinct, formatNote, parseNote, parseSignatureLines, signatureLine } from './note.ts';
export { formatVkey, keyMatches, noteKey, parseVkey } from './notekey.ts';
export type { NoteKey } from './notekey.ts';
export { consistencyRanges, inclusionRanges, provesConsistency, provesInclusion } from './proof.ts';
export { formatProofFile, parseProofFile } from './prooffile.ts';
export { foldSubtrees, subtreesOf } from './range.ts';
export type { Range } from './range.ts';
export { SEED_BYTES, signerOf } from './signer.ts';
export type { Signer } from './signer.ts';
export { formatSubmission, judgeSubmission, parseSubmission } from './submission.ts';
export {
  bundlePath,
  edgeTiles,
  hashIn,
  readIndexPath,
  tileOf,
  tilePath,
  tilesOf,
  TILE_WIDTH,
} from './tile.ts';
export { believes, meetsQuorum, parseTrustPolicy, witnessesOf } from './trust.ts';
export type { TrustedWitness, TrustPolicy } from './trust.ts';
export type { Tile } from './tile.ts';
export type { Submission } from './submission.ts';
export type { TreeHead } from './proof.ts';
