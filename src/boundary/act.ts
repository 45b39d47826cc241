import { count, id, list, name, nullable, oneOf, record, sha256Hex, time } from './shape.ts';
import type { ValueOf } from './shape.ts';
import { NAME_MAX } from './bundlelimits.ts';

/** What an administrator can have done on the control plane. */
export const ACT_KINDS = [
  'policy-applied',
  'policy-removed',
  'subject-created',
  'subject-changed',
  'subject-locked',
  'subject-unlocked',
  'subject-disabled',
  'subject-removed',
  'session-opened',
  'session-refused',
  'password-set',
  'token-created',
  'token-revoked',
  'group-changed',
  'attribute-changed',
  'permission-granted',
  'permission-revoked',
  'source-changed',
  'source-enabled',
  'source-disabled',
  'source-reviewed',
  'tag-added',
  'tag-removed',
  'project-changed',
  'purpose-changed',
  'purpose-acknowledged',
  'plane-enrolled',
  'plane-pinned',
  'plane-disabled',
  'setting-changed',
  'incident-changed',
  'role-changed',
  'account-changed',
  'account-key-created',
  'account-key-revoked',
] as const;

/** Acts one bundle carries; control keeps sending an act until a heartbeat confirms it. */
const ACTS_MAX = 10_000;

/**
 * One administrative act: who did what to which thing, when. `number` rises by one with each act of the control
 * plane for this plane, from 1, so that the plane can append each to its ledger exactly once and see a gap.
 */
const actShape = record({
  number: count(Number.MAX_SAFE_INTEGER, 1),
  timeMs: time(),
  /** The subject who acted; null when the control plane acted by itself (first set-up, expiry). */
  actor: nullable(id('sub')),
  action: oneOf(...ACT_KINDS),
  /** The id or the name of what was changed: a policy, a subject, a source, a project. */
  target: name(NAME_MAX),
  /** SHA-256 of the canonical JSON of the thing after the act; null when there is nothing left or nothing to digest. */
  after: nullable(sha256Hex()),
});
export type Act = ValueOf<typeof actShape>;
export const actsShape = list(actShape, ACTS_MAX);
