import { hash } from 'node:crypto';
import type { Ledger, LeafBody } from '#plane/ledger';
import { REFUSALS_GATHERED_MS, REFUSALS_TOLD_MAX } from './limits.ts';
import type { Rule } from './rule.ts';

type Leaf = LeafBody<'egress-refused'>;

/** What was refused, or did not come about. */
export type Refused = {
  readonly workload: string | null;
  readonly reason: Leaf['reason'];
  /** The rule it would have been, or nearly was; only then is the host named in clear. */
  readonly rule?: Rule | null;
  /** As it was asked for; the ledger gets a digest, for a workload could write a value here. */
  readonly host?: string | null;
  readonly port?: number | null;
  readonly address?: string | null;
};

/** Writes refusals into the ledger: the first of a kind at once, what repeats it within a minute as one number. */
export type Refusals = {
  /** Resolves when it is durable or counted; never throws. */
  note(refused: Refused): Promise<void>;
  /** Writes what was counted. */
  flush(): Promise<void>;
};

export function createRefusals(
  ledger: Pick<Ledger, 'write'>,
  onFault: (cause: unknown) => void,
): Refusals {
  const counted = new Map<string, { readonly leaf: Leaf; repeats: number }>();
  let timer: NodeJS.Timeout | undefined;

  const write = async (leaf: Leaf): Promise<void> => {
    await ledger.write(leaf).catch(onFault);
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const repeated = [...counted.values()].filter(({ repeats }) => repeats > 0);
    counted.clear();
    for (const { leaf, repeats } of repeated) await write({ ...leaf, attempts: repeats });
  };

  return {
    async note(refused) {
      const leaf = leafOf(refused);
      const key = counted.size < REFUSALS_TOLD_MAX ? JSON.stringify(leaf) : 'others';
      timer ??= setTimeout(() => void flush(), REFUSALS_GATHERED_MS).unref();
      const known = counted.get(key);
      if (known !== undefined) {
        known.repeats += 1;
        return;
      }
      const others = { ...leaf, workload: null, rule: null, host: null, hostDigest: null };
      const told = key === 'others' ? { ...others, port: null, address: null } : leaf;
      counted.set(key, { leaf: told, repeats: 0 });
      await write(told);
    },
    flush,
  };
}

function leafOf({
  workload,
  reason,
  rule = null,
  host = null,
  port = null,
  address = null,
}: Refused): Leaf {
  return {
    kind: 'egress-refused',
    actor: { kind: 'plane' },
    workload,
    reason,
    rule: rule?.id ?? null,
    host: rule?.host ?? null,
    hostDigest: host === null ? null : hash('sha256', host),
    port,
    address,
    attempts: 1,
  };
}
