import type { Task } from '#platform/queue';
import type { VaultCaller } from './caller.ts';
import type { Vaults } from './vault.ts';

/** Name of the job in the queue. */
export const VERIFY = 'vault.verify';

const CALLER: VaultCaller = { actor: { kind: 'plane' }, session: null, purpose: null };

/**
 * Compares every vault with the ledger, one after another; what is found is an alarm each, and `onFindings` is told how many. It
 * changes nothing, so it may run twice. A vault that cannot be compared does not keep the others from it: the first problem is
 * thrown at the end.
 */
export function verifyTask(
  vaults: Pick<Vaults, 'list' | 'verify'>,
  onFindings: (vault: string, findings: number) => void,
): Task {
  return async (_payload, job) => {
    const all = await vaults.list();
    const faults: unknown[] = [];
    for (const [done, { id }] of all.entries()) {
      if (job.signal.aborted) return;
      try {
        const { findings, missing } = await vaults.verify(CALLER, id);
        if (findings.length + missing > 0) onFindings(id, findings.length + missing);
      } catch (thrown) {
        faults.push(thrown);
      }
      await job.report(done + 1, all.length);
    }
    if (faults.length > 0) throw faults[0];
  };
}
