/**
 * The plane's side of the border: fetches signed bundles from control and verifies them, keeps the last one on disk so
 * that the plane goes on without control, tells subscribers, writes control's acts into the ledger exactly once; and
 * holds the outbox of facts, stored word for word before they are sent, in order. Decides nothing about data.
 * Formats: docs/formats/bundle.md.
 */
export { openBorder } from './border.ts';
export type { Border } from './border.ts';
export { staleAtMs } from './freshness.ts';
export { RELEASE_MODES } from './release.ts';
export { verifierOf } from './verifier.ts';
export type { PublicKey } from './verifier.ts';
export type { Pulled } from './pulled.ts';
