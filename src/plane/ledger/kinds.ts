import {
  ACT_KINDS,
  COLUMNS_MAX,
  DECISION_SOURCES_MAX,
  NAME_MAX,
  nameForms,
  shapes,
} from '#boundary';
import { NAME_BYTES_MAX } from '#base/limits';
import { collectorKinds } from './collectorkinds.ts';
import { borderKinds } from './borderkinds.ts';
import { connectionKinds } from './connectionkinds.ts';
import { detectKinds } from './detectkinds.ts';
import { egressKinds } from './egresskinds.ts';
import { keyKinds, scope } from './keykinds.ts';
import { LOG_KINDS } from './logkinds.ts';
import { operatorKinds } from './operatorkinds.ts';
import { head } from './leafhead.ts';
import { vaultApiKinds } from './vaultapikinds.ts';
import { vaultKinds } from './vaultkinds.ts';

const { count, digest, id, list, name, nameLike, nullable, oneOf, operatorText } = shapes;
const { record, sha256Hex, statementText, time } = shapes;

/** A statement without its literals; longer ones keep their fingerprint only. */
const NORMALIZED_BYTES_MAX = 8 * 1024;
/** Decisions one refusal names. */
const REFUSING_DECISIONS_MAX = 10;
/** A person's reason for an act. */
export const REASON_BYTES_MAX = 1024;

const sqlName = () => name(NAME_BYTES_MAX);
const serial = () => count();
const system = () => record({ id: id('sys'), name: sqlName() });
/** A connection of the gateway or a request of the API; ties the leaves of one session together. */
const session = () => nullable(shapes.idLike(/^[A-Za-z0-9_-]{1,64}$/u));
/** Where the client came from: an IPv4 or IPv6 address, or null for a unix socket. */
export const CLIENT_ADDRESS = nullable(nameLike(/^[0-9a-fA-F.:]{2,45}$/u, 45));
const door = () => oneOf('gateway', 'api');
/** A problem code of ours or a SQLSTATE. */
const code = () => nameLike(/^[a-z][a-z-]{0,40}$|^[0-9A-Z]{5}$/u, 41);
const method = () => oneOf('scram', 'scram-plus', 'token', 'identity-token', 'none');

const column = record({
  name: sqlName(),
  show: oneOf('clear', 'hidden', 'mask'),
  /** Kind of the mask (`partial`, `hash` …), null when there is none. */
  mask: nullable(nameLike(/^[a-z][a-z-]{0,40}$/u, 41)),
});

const readSource = record({
  source: id('src'),
  decision: nameForms.decisionId(),
  effect: oneOf('allow', 'deny'),
  filtered: oneOf(true, false),
  /** Columns the statement uses; null when they would not fit, and then their digest stands in. */
  columns: nullable(list(column, COLUMNS_MAX)),
  columnsDigest: nullable(sha256Hex()),
});

/** One statement that was decided: who read which columns how, for what, how many rows came. */
const query = record({
  ...head,
  session: session(),
  door: door(),
  mode: oneOf('splice', 'hardened'),
  statement: nameLike(/^[a-z][a-z-]{0,40}$/u, 41),
  effect: oneOf('allow', 'deny', 'failed', 'cancelled'),
  project: nullable(id('prj')),
  purpose: nullable(name(NAME_MAX)),
  bundleSerial: serial(),
  system: nullable(system()),
  sources: list(readSource, DECISION_SOURCES_MAX),
  rows: count(),
  durationMicros: count(),
  fingerprint: nullable(nameForms.fingerprint()),
  normalized: nullable(statementText(NORMALIZED_BYTES_MAX)),
});

const loginRefusals = [
  'unknown',
  'bad-credential',
  'locked',
  'disabled',
  'rate-limited',
  'expired',
  'stale-bundle',
  'no-tls',
  'no-system',
  'protocol',
] as const;

/** Every kind of leaf and its fields: only classified fields, no value, no literal. */
export const KINDS = {
  ...LOG_KINDS,
  ...vaultKinds,
  ...vaultApiKinds,
  ...connectionKinds,
  ...detectKinds,
  query,
  login: record({
    ...head,
    session: session(),
    door: door(),
    method: method(),
    token: nullable(id('tok')),
    address: CLIENT_ADDRESS,
    system: nullable(system()),
    bundleSerial: serial(),
  }),
  'login-refused': record({
    ...head,
    session: session(),
    door: door(),
    method: method(),
    address: CLIENT_ADDRESS,
    reason: oneOf(...loginRefusals),
    bundleSerial: serial(),
  }),
  logout: record({
    ...head,
    session: session(),
    door: door(),
    statements: count(),
    durationMicros: count(),
  }),
  'statement-refused': record({
    ...head,
    session: session(),
    door: door(),
    code: code(),
    sources: list(id('src'), DECISION_SOURCES_MAX),
    bundleSerial: serial(),
    fingerprint: nullable(nameForms.fingerprint()),
    normalized: nullable(statementText(NORMALIZED_BYTES_MAX)),
  }),
  'access-refused': record({
    ...head,
    session: session(),
    /** Name of the API operation that was asked for. */
    operation: nameLike(/^[A-Za-z][A-Za-z0-9-]{0,62}$/u, 63),
    code: code(),
    address: CLIENT_ADDRESS,
    /** Those of a vault's policies that it was refused by. */
    decisions: list(nameForms.decisionId(), REFUSING_DECISIONS_MAX),
  }),
  'policy-change': record({
    ...head,
    number: count(),
    actedAtMs: time(),
    action: oneOf(...ACT_KINDS),
    target: name(NAME_MAX),
    after: nullable(sha256Hex()),
    bundleSerial: serial(),
  }),
  'admin-act': record({
    ...head,
    number: count(),
    actedAtMs: time(),
    action: oneOf(...ACT_KINDS),
    target: name(NAME_MAX),
    after: nullable(sha256Hex()),
    bundleSerial: serial(),
  }),
  'acts-missing': record({ ...head, from: count(), through: count(), bundleSerial: serial() }),
  'bundle-accepted': record({
    ...head,
    serial: serial(),
    kid: nameForms.keyId(),
    digest: sha256Hex(),
    issuedAtMs: time(),
    expiresAtMs: time(),
  }),
  'bundle-refused': record({
    ...head,
    serial: nullable(serial()),
    digest: sha256Hex(),
    reason: oneOf('signature', 'format', 'plane', 'serial', 'clock', 'expired', 'policy'),
  }),
  'bundle-stale': record({ ...head, serial: serial() }),
  /** A request to control: the facts it carries, by number, and SHA-256 of the bytes of its body. */
  'facts-sent': record({
    ...head,
    from: count(),
    through: count(),
    facts: count(),
    digest: sha256Hex(),
  }),
  'facts-dropped': record({ ...head, facts: count() }),
  'source-registered': record({
    ...head,
    system: system(),
    /** SHA-256 of host, port, database and TLS mode: a change shows, the place does not. */
    endpoint: sha256Hex(),
    tls: oneOf('disable', 'prefer', 'require', 'verify-ca', 'verify-full'),
    serverVersion: count(),
  }),
  'source-changed': record({
    ...head,
    system: system(),
    what: oneOf('credential', 'endpoint', 'tls'),
    endpoint: sha256Hex(),
  }),
  'source-removed': record({ ...head, system: system() }),
  'source-refreshed': record({
    ...head,
    system: system(),
    version: count(),
    digest: sha256Hex(),
    relations: count(),
    columns: count(),
  }),
  'source-hardened': record({
    ...head,
    system: system(),
    role: sqlName(),
    findings: count(),
    outcome: oneOf('hardened', 'refused'),
  }),
  'source-unhardened': record({ ...head, system: system(), role: sqlName() }),
  'barriers-installed': record({ ...head, system: system(), names: list(sqlName(), 500) }),
  'barriers-collected': record({ ...head, system: system(), names: list(sqlName(), 500) }),
  ...keyKinds,
  unmask: record({
    ...head,
    session: session(),
    source: id('src'),
    column: sqlName(),
    scope: scope(),
    decision: nameForms.decisionId(),
    bundleSerial: serial(),
    reason: operatorText(REASON_BYTES_MAX),
    /** SHA-256 of the masked text as the person gave it, so that "was this one revealed?" has an answer. */
    masked: digest(/^[0-9a-f]{64}$/u, 64),
  }),
  'unmask-refused': record({
    ...head,
    session: session(),
    source: nullable(id('src')),
    column: nullable(sqlName()),
    code: code(),
    values: count(),
    bundleSerial: serial(),
  }),
  'plane-started': record({ ...head, version: nameLike(/^[0-9A-Za-z.+-]{1,64}$/u, 64) }),
  'plane-stopped': record({ ...head, version: nameLike(/^[0-9A-Za-z.+-]{1,64}$/u, 64) }),
  ...egressKinds,
  ...collectorKinds,
  ...borderKinds,
  ...operatorKinds,
} as const;
