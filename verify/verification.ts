import { checkEgress } from './egress.ts';
import type { Flow } from './egress.ts';
import { countActs } from './acts.ts';
import { joined, NOTHING, Unreadable } from './finding.ts';
import type { Report } from './finding.ts';
import { checkGrants } from './grants.ts';
import { checkIncident } from './incident.ts';
import { checkKeyTrail } from './keytrail.ts';
import type { Unwrap } from './keytrail.ts';
import { checkLog, minimumOf } from './log.ts';
import { readCheckpoint } from './note.ts';
import { checkOutbox } from './outbox.ts';
import type { Fact } from './outbox.ts';
import { believe } from './policy.ts';
import type { Policy } from './policy.ts';
import { checkProof } from './proof.ts';
import type { Store } from './store.ts';
import { leafHash } from './tree.ts';

export type Given = { readonly name: string; readonly text: string };

/** Everything that may be held against each other; what is null is said to be unchecked. */
export type Evidence = {
  readonly store: Store;
  readonly policy: Policy;
  readonly earlier: readonly Given[];
  readonly proofs: readonly Given[];
  readonly incidents: readonly Given[];
  readonly unwraps: readonly Unwrap[] | null;
  readonly facts: readonly Fact[] | null;
  readonly flows: readonly Flow[] | null;
  readonly onProgress: (done: number, of: number) => void;
};

/** What no log can show, and must be said with every result. */
const BEYOND = [
  'whether acts happened that no leaf tells of, other than what the key trail and the flow log show',
  'whether somebody else is shown another log: that is what witnesses you trust are for',
  'reads of memory by whoever is root on the machine, and the honesty of the key service',
];

/** Checks all of the evidence; throws `Unreadable` when there is no checkpoint to begin with. */
export function verifyEvidence(evidence: Evidence): Report {
  const { store, policy } = evidence;
  const note = store('checkpoint');
  if (note === null) throw new Unreadable('there is no checkpoint in the log');
  const checkpoint = readCheckpoint(note.toString('utf8'));
  const belief = believe(checkpoint, policy);
  const before = evidence.earlier.map(({ name, text }) => ({
    name,
    checkpoint: readCheckpoint(text),
  }));
  const doubts = before.flatMap(({ name, checkpoint: one }) =>
    believe(one, policy).findings.map(({ what }) => ({
      where: `earlier checkpoint \`${name}\``,
      what,
    })),
  );
  const [keys, outbox, egress, acts, grants] = [
    checkKeyTrail(evidence.unwraps),
    checkOutbox(evidence.facts),
    checkEgress(evidence.flows),
    countActs(),
    checkGrants(),
  ];
  const incidents = evidence.incidents.map(({ name, text }) => checkIncident(name, text));
  const proofs = [...evidence.proofs, ...incidents.flatMap((one) => one.proofs)];
  const leaves = new Map<number, Buffer | undefined>(
    proofs.map(({ text }) => [indexIn(text), undefined]),
  );
  const log = checkLog({
    store,
    checkpoint,
    earlier: before.map((one) => one.checkpoint),
    onLeaf: (leaf) => {
      for (const check of [keys, outbox, egress, acts, grants, ...incidents]) check.see(leaf);
      if (leaves.has(leaf.index)) leaves.set(leaf.index, leafHash(leaf.entry));
    },
    onProgress: (done) => evidence.onProgress(done, checkpoint.size),
  });
  const signed = `the checkpoint of ${checkpoint.size} leaves is signed by the log and by ${belief.witnesses.length} witnesses of the policy${belief.witnesses.length > 0 ? ` (${belief.witnesses.join(', ')})` : ''}`;
  return joined([
    {
      ...NOTHING,
      proved: belief.findings.length === 0 ? [signed] : [],
      findings: [...belief.findings, ...doubts],
    },
    log,
    acts.report(minimumOf(store, checkpoint.size)),
    keys.report(),
    outbox.report(),
    egress.report(),
    grants.report(minimumOf(store, checkpoint.size)),
    ...incidents.map((incident) => incident.report()),
    ...proofs.map((given) => checkProof(given, policy, (index) => leaves.get(index))),
    {
      ...NOTHING,
      unchecked: [
        ...(policy.quorum === null
          ? ['the policy asks for no witness: a log shown to you alone would look the same']
          : []),
        ...BEYOND,
      ],
    },
  ]);
}

function indexIn(proof: string): number {
  return Number(/^index (?<index>\d+)$/mu.exec(proof)?.groups?.['index'] ?? -1);
}
