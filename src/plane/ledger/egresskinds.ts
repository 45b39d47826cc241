import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, digest, id, idLike, list, nameLike, nullable, oneOf, record, sha256Hex, time } =
  shapes;

/** A rule of a person, of a system, or (`setting-…`) of the settings file. */
const rule = () => idLike(/^(?:egr_[0-9a-hjkmnp-tv-z]{26}|setting-[a-z0-9-]{1,60})$/u);
const word = () => nameLike(/^[a-z][a-z0-9-]{0,39}$/u, 40);
/** The host as the rule has it: never what a workload wrote, which could carry a value (a DNS tunnel does). */
const host = () => nameLike(/^[\x20-\x7e]{1,255}$/u, 255);
const address = () => nullable(nameLike(/^[0-9a-fA-F.:]{2,45}$/u, 45));
const port = () => count(65_535);

/** What a connection has moved: bytes on the wire, and SHA-256 over what was handed to it to send, so far. */
const moved = { bytesOut: count(), bytesIn: count(), digest: sha256Hex() };

/** Leaves of plane/egress. */
export const egressKinds = {
  'egress-rule-added': record({
    ...head,
    rule: rule(),
    origin: oneOf('person', 'system', 'settings'),
    workload: word(),
    host: host(),
    port: port(),
    purpose: word(),
    networks: list(nameLike(/^[a-z0-9.:/]{2,50}$/u, 50), 32),
    expiresAtMs: nullable(time()),
  }),
  'egress-rule-removed': record({ ...head, rule: rule() }),
  'egress-workload-added': record({ ...head, workload: word() }),
  'egress-workload-removed': record({ ...head, workload: word() }),
  /** Durable before the first byte leaves. */
  'egress-opened': record({
    ...head,
    connection: id('cnx'),
    rule: rule(),
    via: oneOf('plane', 'proxy'),
    workload: word(),
    purpose: word(),
    host: host(),
    /** SHA-256 of the host name that was asked for: it differs from the rule's under a wildcard or a range. */
    hostDigest: sha256Hex(),
    port: port(),
    /** Where the name was resolved to, once; null for a unix socket. */
    address: address(),
  }),
  'egress-continues': record({ ...head, connection: id('cnx'), ...moved }),
  'egress-closed': record({
    ...head,
    connection: id('cnx'),
    ...moved,
    durationMicros: count(),
    outcome: oneOf('ended', 'failed', 'rule-ended', 'stopped'),
    /** SHA-256 of the certificate the other side showed, where the plane itself speaks TLS. */
    peer: nullable(digest(/^[0-9a-f]{64}$/u, 64)),
  }),
  'egress-refused': record({
    ...head,
    workload: nullable(word()),
    reason: oneOf(
      'no-rule',
      'expired',
      'address',
      'malformed',
      'unresolved',
      'unreachable',
      'credential',
      'server-name',
      'bypass',
    ),
    rule: nullable(rule()),
    host: nullable(host()),
    hostDigest: nullable(sha256Hex()),
    port: nullable(port()),
    address: address(),
    attempts: count(),
  }),
} as const;
