import { readingOf } from './ocsfclass.ts';
import type { Severity } from './ocsfclass.ts';
import type { ExportedLeaf } from './exportedleaf.ts';

/** RFC 5424 §6.2.1: 13 is "log audit". */
const FACILITY = 13;
const SEVERITIES: Readonly<Record<Severity, number>> = {
  informational: 6,
  medium: 4,
  high: 3,
  critical: 2,
};
const MSGID_CHARACTERS_MAX = 32;
/** RFC 5424 §7.3.1: a sequence id begins again at 1 after this. */
const SEQUENCE_MAX = 2_147_483_647;

/** A leaf as a syslog message (RFC 5424), its text, which is ASCII, as MSG. The plane's name stands as HOSTNAME. */
export function syslogMessage({ index, fields }: ExportedLeaf, text: string): string {
  const { severity } = readingOf(fields);
  const priority = FACILITY * 8 + SEVERITIES[severity];
  const time = new Date(fields.time).toISOString();
  const sequence = (index % SEQUENCE_MAX) + 1;
  const msgid = fields.kind.slice(0, MSGID_CHARACTERS_MAX);
  return `<${priority}>1 ${time} ${fields.plane} privet - ${msgid} [meta sequenceId="${sequence}"] ${text}`;
}

/** The message framed for TLS (RFC 5425 §4.3): its length in bytes, a space, and itself. */
export function syslogFrame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}
