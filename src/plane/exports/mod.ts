/**
 * Exports of the ledger: each leaf goes, in order, to a file, a webhook, a syslog receiver or a bucket with Object Lock, as
 * OCSF, as a CloudEvent or as it is. Each export keeps its own place and is never waited for; what a receiver did not take is sent
 * again. Does not decide what is a leaf, and opens no connection but by the egress. Formats: docs/formats/ledger-export.md;
 * why it is as it is: docs/design/ledger-exports.md.
 */
export { exportedLeaf } from './exportedleaf.ts';
export { openExports } from './exports.ts';
export type { Export, Exports } from './exports.ts';
export { fileSink } from './filesink.ts';
export { EXPORT_FORMATS, formatted } from './format.ts';
export type { ExportFormat } from './format.ts';
export { ANSWER_BYTES_MAX } from './limits.ts';
export { s3Sink } from './s3sink.ts';
export { exportSettings } from './settings.ts';
export type { ExportPlace } from './settings.ts';
export type { Sink } from './sink.ts';
export { syslogSink } from './syslogsink.ts';
export { webhookSink } from './webhooksink.ts';
