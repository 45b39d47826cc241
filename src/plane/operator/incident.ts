import type { Leaf, StoredLeaf } from '#plane/ledger';

/** One step of an incident, as a leaf of the ledger tells it. */
export type IncidentStep = {
  readonly index: number;
  readonly leafHash: string;
  readonly entry: string;
  readonly leaf: Leaf;
};

/** An item of the quarantine somebody saw, as the ledger names it. */
export type RevealedThing = {
  readonly item: string;
  readonly channel: string;
  /** SHA-256 of the envelope it lay in. */
  readonly digest: string;
  /** Index of the leaf that says that it was kept. */
  readonly kept: number;
  /** Indices of the leaves that say that it was shown: as often as it was. */
  readonly shown: readonly number[];
};

/**
 * Data was shown to an operator: what exactly, to whom, under what, who let them, and how it ended. One incident a grant,
 * under whose id it goes.
 */
export type Incident = {
  readonly grant: string;
  readonly operator: string;
  readonly state: 'open' | 'ended' | 'reviewed';
  /** Whether nobody had to agree first. */
  readonly emergency: boolean;
  readonly firstShownMs: number;
  readonly lastShownMs: number;
  readonly items: readonly RevealedThing[];
  /** Every leaf about the grant, in the order of the ledger: request, approvals, each look, refusals, end, review. */
  readonly trail: readonly IncidentStep[];
};

/** Kinds of leaves an incident is made of. */
export const INCIDENT_KINDS = [
  'grant-requested',
  'grant-approved',
  'grant-activated',
  'grant-ended',
  'grant-reviewed',
  'grant-denied',
  'ops-queried',
  'operator-acted',
  'quarantine-revealed',
] as const satisfies readonly Leaf['kind'][];

/**
 * The incidents that leaves tell of, by the ledger alone: pure, and the same for whoever computes it from the same leaves.
 * Leaves come in the order of the ledger; other kinds than `INCIDENT_KINDS` are passed over.
 */
export function incidentsFrom(leaves: Iterable<StoredLeaf>): readonly Incident[] {
  const trails = new Map<string, IncidentStep[]>();
  for (const { index, leafHash, entry, leaf } of leaves) {
    const grant = grantOf(leaf);
    if (grant === null) continue;
    const trail = trails.get(grant) ?? [];
    trails.set(grant, trail);
    trail.push({ index, leafHash, entry, leaf });
  }
  return [...trails].flatMap(([grant, trail]) => incidentFrom(grant, trail) ?? []);
}

function grantOf(leaf: Leaf): string | null {
  return (INCIDENT_KINDS as readonly string[]).includes(leaf.kind) && 'grant' in leaf
    ? leaf.grant
    : null;
}

/** Null where nothing was shown: a grant alone is no incident. */
function incidentFrom(grant: string, trail: readonly IncidentStep[]): Incident | null {
  const shown = trail.flatMap(({ index, leaf }) =>
    leaf.kind === 'quarantine-revealed' ? [{ index, leaf }] : [],
  );
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) return null;
  const things = new Map<string, RevealedThing>();
  for (const { index, leaf } of shown) {
    const { item, channel, digest, kept } = leaf;
    const before = things.get(item)?.shown ?? [];
    things.set(item, { item, channel, digest, kept, shown: [...before, index] });
  }
  const kinds = new Set(trail.map(({ leaf }) => leaf.kind));
  const ended = kinds.has('grant-ended') ? 'ended' : 'open';
  return {
    grant,
    operator: first.leaf.actor.kind === 'subject' ? first.leaf.actor.id : first.leaf.actor.kind,
    state: kinds.has('grant-reviewed') ? 'reviewed' : ended,
    emergency: trail.some(({ leaf }) => leaf.kind === 'grant-requested' && leaf.emergency),
    firstShownMs: first.leaf.atMs,
    lastShownMs: last.leaf.atMs,
    items: [...things.values()],
    trail,
  };
}
