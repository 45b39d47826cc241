import { Problem } from '#base/problem';
import type { Ledger, Log, StoredLeaf } from '#plane/ledger';
import { PAGE_LEAVES_MAX } from '#plane/ledger';
import { INCIDENT_KINDS, incidentsFrom } from './incident.ts';
import type { Incident } from './incident.ts';

export type IncidentSettings = {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly log: Pick<Log, 'covered' | 'proof'>;
};

/** An incident with a proof of each leaf of its trail and of each item, for whoever does not believe the plane. */
export type ProvenIncident = Incident & {
  /** C2SP tlog-proofs by index. */
  readonly proofs: readonly { readonly index: number; readonly proof: string }[];
};

export type Incidents = {
  /** Every incident that the leaves of the ledger still tell of, the newest first. */
  list(): Promise<readonly Incident[]>;
  /** The incident of a grant; throws `not-found` where nothing was shown under it. */
  find(grant: string): Promise<Incident>;
  /** With proofs under a checkpoint that covers all of it. */
  prove(grant: string): Promise<ProvenIncident>;
};

export function openIncidents(settings: IncidentSettings): Incidents {
  const find = async (grant: string) => {
    const [incident] = incidentsFrom(await leavesOf(settings.ledger, grant));
    if (incident !== undefined) return incident;
    throw new Problem('not-found', 'nothing was shown under such a grant', {
      hint: '`privet incident list` lists what was',
    });
  };
  return {
    list: async () => incidentsFrom(await leavesOf(settings.ledger, null)).toReversed(),
    find,
    async prove(grant) {
      const incident = await find(grant);
      const indices = [
        ...incident.trail.map(({ index }) => index),
        ...incident.items.map(({ kept }) => kept),
      ].toSorted((left, right) => left - right);
      await settings.log.covered(indices.at(-1) ?? 0);
      const proofs: ProvenIncident['proofs'][number][] = [];
      for (const index of indices) proofs.push({ index, proof: await settings.log.proof(index) });
      return { ...incident, proofs };
    },
  };
}

/** Leaves about one grant, or about all, in order. */
async function leavesOf(
  ledger: Pick<Ledger, 'read'>,
  grant: string | null,
): Promise<readonly StoredLeaf[]> {
  const found: StoredLeaf[] = [];
  for (let from = 0; ;) {
    const page = await ledger.read({ from, kinds: INCIDENT_KINDS, limit: PAGE_LEAVES_MAX });
    found.push(
      ...page.filter(({ leaf }) => grant === null || ('grant' in leaf && leaf.grant === grant)),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_LEAVES_MAX) return found;
    from = last.index + 1;
  }
}
