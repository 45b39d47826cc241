import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const {
  count,
  id,
  idLike,
  list,
  nameLike,
  nullable,
  oneOf,
  operatorText,
  record,
  sha256Hex,
  time,
} = shapes;

/** Things one grant may name. */
const GRANT_SCOPE_MAX = 64;
/** The number or address of the ticket a grant was asked for. */
export const TICKET_BYTES_MAX = 256;
/** What whoever looked over a grant found, in their words. */
const NOTE_BYTES_MAX = 1_024;

const session = () => nullable(idLike(/^[A-Za-z0-9_-]{1,64}$/u));
/** A problem code of ours, a fault of the collector's, or a SQLSTATE. */
const code = () => nameLike(/^[a-z][a-z-]{0,40}$|^[0-9A-Z]{5}$/u, 41);
const word = () => nameLike(/^[a-z][a-z0-9_-]{0,62}$/u, 63);
/** `atMs`: the moment by the clock of grants, which never goes back (docs/design/operator-access.md). */
const ofGrant = { ...head, session: session(), grant: id('grt'), atMs: time() };
/** `activated`: index of the leaf that put the grant in force. */
const underGrant = { ...ofGrant, activated: count() };

/** Leaves of plane/operator: who asked for access, who let them, and each thing they saw or did with it. */
export const operatorKinds = {
  'grant-requested': record({
    ...ofGrant,
    capability: oneOf('observe', 'operate', 'upgrade', 'break-glass'),
    reason: oneOf('customer-request', 'incident-response', 'maintenance', 'upgrade', 'legal'),
    ticket: operatorText(TICKET_BYTES_MAX),
    scope: list(nameLike(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/u, 63), GRANT_SCOPE_MAX),
    rowsMax: count(),
    durationMs: count(),
    approvalsNeeded: count(),
    /** In force at once, and looked over afterwards. */
    emergency: oneOf(true, false),
  }),
  /** `request`: index of the leaf that is approved. */
  'grant-approved': record({ ...ofGrant, request: count() }),
  /** In force from `atMs` until `notAfterMs`; `approvals` are indices of the leaves it rests on. */
  'grant-activated': record({
    ...ofGrant,
    request: count(),
    approvals: list(count(), 8),
    notAfterMs: time(),
  }),
  'grant-ended': record({
    ...ofGrant,
    how: oneOf('refused', 'withdrawn', 'lapsed', 'expired', 'revoked', 'closed'),
    rows: count(),
    items: count(),
  }),
  'grant-reviewed': record({
    ...ofGrant,
    verdict: oneOf('in-order', 'objection'),
    note: nullable(operatorText(NOTE_BYTES_MAX)),
  }),
  /** Something was asked for that no grant allowed. */
  'grant-denied': record({
    ...head,
    session: session(),
    grant: nullable(id('grt')),
    operation: nameLike(/^[A-Za-z][A-Za-z0-9-]{0,62}$/u, 63),
    code: code(),
  }),
  /** A view was read; `digest` is SHA-256 of the output as it was shown, which is kept. */
  'ops-queried': record({
    ...underGrant,
    view: word(),
    output: id('out'),
    rows: count(),
    digest: sha256Hex(),
  }),
  /** An act of a person who may do it only with a grant. */
  'operator-acted': record({
    ...underGrant,
    operation: nameLike(/^[A-Za-z][A-Za-z0-9-]{0,62}$/u, 63),
  }),
  /** `digest`: SHA-256 of the envelope it lies in. */
  'quarantine-kept': record({
    ...head,
    item: id('qit'),
    channel: word(),
    code: code(),
    bytes: count(),
    digest: sha256Hex(),
  }),
  /** Written before the item is shown; `kept` is the index of the leaf that says what it is. */
  'quarantine-revealed': record({
    ...underGrant,
    item: id('qit'),
    channel: word(),
    kept: count(),
    digest: sha256Hex(),
  }),
  /** Not kept: more came than may be kept. */
  'quarantine-dropped': record({ ...head, channel: word(), items: count() }),
  'quarantine-removed': record({ ...head, items: count(), why: oneOf('age', 'discarded') }),
} as const;
