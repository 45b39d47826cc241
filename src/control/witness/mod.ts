/**
 * A witness of transparency logs (C2SP tlog-witness): cosigns a checkpoint only when it continues the one it cosigned last, and keeps that
 * durably before it answers. Knows logs by their keys alone and needs neither database nor plane; `privet witness` runs it by
 * itself, `privet control` beside the rest. How to set it up: docs/tasks/witness-a-ledger.md.
 */
export { openWitnessKey } from './key.ts';
export { watchedLogs } from './logs.ts';
export { serveWitness } from './server.ts';
export { openWitness } from './witness.ts';
