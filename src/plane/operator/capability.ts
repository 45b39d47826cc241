import type { LeafBody } from '#plane/ledger';

type Requested = Extract<LeafBody, { kind: 'grant-requested' }>;

/**
 * What a grant can be for. `observe`: read views about the plane itself. `operate`: act on the plane, seeing no data.
 * `upgrade`: start another version. `break-glass`: see items of the quarantine, which are data.
 */
export type Capability = Requested['capability'];
export const CAPABILITIES = [
  'observe',
  'operate',
  'upgrade',
  'break-glass',
] as const satisfies readonly Capability[];

/** Why somebody asks: a closed list, so that programs can count and judge. */
export type Reason = Requested['reason'];
export const REASONS = [
  'customer-request',
  'incident-response',
  'maintenance',
  'upgrade',
  'legal',
] as const satisfies readonly Reason[];
