import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import { Problem, problemFrom } from '#base/problem';
import type { Pool } from '#platform/db';
import type { Ledger } from '#plane/ledger';
import { addressOf } from '#platform/http';
import { createConnections } from './connections.ts';
import type { OpenConnection } from './connections.ts';
import { dial } from './dial.ts';
import type { Place } from './dial.ts';
import { ADDRESSES_TRIED_MAX } from './limits.ts';
import { createRefusals } from './refusals.ts';
import type { Refused, Refusals } from './refusals.ts';
import { resolveBySystem } from './resolve.ts';
import type { Resolve } from './resolve.ts';
import { judge, reaches, targetHost } from './rule.ts';
import type { Rule, RuleSpec, Target } from './rule.ts';
import { openRuleBook } from './rulebook.ts';
import type { RuleBook } from './rulebook.ts';
import { openWorkloads } from './workloads.ts';
import type { Workloads } from './workloads.ts';

export type EgressSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'appendAll' | 'write'>;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** Rules of the settings file, by what they are for. */
  readonly configured: Readonly<Record<string, RuleSpec>>;
  readonly resolve?: Resolve;
  /** Told of what goes wrong beside a call: a leaf that cannot be written. */
  readonly onFault: (problem: Problem) => void;
};

/** How one connection is asked for, beside where it goes. */
export type Wish = { readonly signal?: AbortSignal; readonly via?: 'plane' | 'proxy' };

export type Egress = {
  /**
   * A connected socket to a target that a rule names, its leaf durable before it is handed out. The name is resolved
   * once and the connection goes to that address and no other. Throws `denied` without a rule or for an address that
   * the rule does not name, `unavailable` when nothing answers. Ends by itself when its rule does.
   */
  connect(target: Target, wish?: Wish): Promise<Socket>;
  readonly rules: RuleBook;
  readonly workloads: Workloads;
  /** What is open now, of this process. */
  connections(): readonly OpenConnection[];
  /** Writes down what was refused outside of `connect` (the forward proxy). */
  refuse(refused: Refused): Promise<void>;
  /** Ends every connection and writes its last leaf. */
  close(): Promise<void>;
};

/** Opens the only way out of the plane. */
export function openEgress(settings: EgressSettings): Egress {
  const { ledger, clock, random, onFault, resolve = resolveBySystem } = settings;
  const rules = openRuleBook(settings);
  const faulty = (cause: unknown): void => onFault(problemFrom(cause));
  const refusals = createRefusals(ledger, faulty);
  const connections = createConnections({ ledger, clock, rules, onFault: faulty });

  return {
    async connect(wanted, { signal, via = 'plane' } = {}) {
      const target = await known(wanted, refusals);
      const rule = await permitted(target, { rules, refusals, nowMs: clock() });
      const places = await placesOf({ target, rule }, { resolve, refusals });
      const { socket, place } = await reach({ target, rule }, { places, refusals, signal });
      const connection = newId('cnx', { nowMs: clock(), random });
      const { workload, host, port } = target;
      const address = place.kind === 'address' ? place.address : null;
      try {
        await ledger.write({
          kind: 'egress-opened',
          actor: { kind: 'plane' },
          connection,
          rule: rule.id,
          via,
          workload,
          purpose: rule.purpose,
          host: rule.host,
          hostDigest: hash('sha256', host),
          port,
          address,
        });
      } catch (cause) {
        socket.destroy();
        throw cause;
      }
      connections.take({ id: connection, rule, target, socket, address });
      return socket;
    },
    rules,
    workloads: openWorkloads(settings),
    connections: () => connections.list(),
    refuse: (refused) => refusals.note(refused),
    async close() {
      await connections.close();
      await refusals.flush();
    },
  };
}

/** The target with its host as rules spell it. */
async function known(target: Target, refusals: Refusals): Promise<Target> {
  const host = targetHost(target.host);
  if (host !== null && Number.isInteger(target.port) && target.port >= 1 && target.port <= 65_535) {
    return { ...target, host };
  }
  await refusals.note({ workload: target.workload, reason: 'malformed' });
  throw new Problem('denied', 'egress expected a host name or an address, and a port');
}

async function permitted(
  target: Target,
  { rules, refusals, nowMs }: { rules: RuleBook; refusals: Refusals; nowMs: number },
): Promise<Rule> {
  const judgement = judge(await rules.about(target), target, nowMs);
  if (judgement.kind === 'allow') return judgement.rule;
  const { reason, rule } = judgement;
  await refusals.note({ ...target, reason, rule });
  const { workload, host, port } = target;
  const what = reason === 'expired' ? 'a rule that has expired' : 'no rule';
  throw new Problem(
    'denied',
    `egress: \`${workload}\` has ${what} for \`${host.slice(0, 80)}\` port ${port}`,
    { hint: `somebody with permission \`governor\` can open the way: \`privet egress add\`` },
  );
}

type Way = { readonly target: Target; readonly rule: Rule };

/** Every place the name stands for that the rule lets a connection end at, resolved this once. */
async function placesOf(
  { target, rule }: Way,
  { resolve, refusals }: { resolve: Resolve; refusals: Refusals },
): Promise<readonly Place[]> {
  const { host, port } = target;
  if (host.startsWith('/')) return [{ kind: 'socket', path: `${host}/.s.PGSQL.${port}` }];
  const found = addressOf(host) === null ? await resolve(host) : [host];
  if (found.length === 0) {
    await refusals.note({ ...target, reason: 'unresolved', rule });
    throw new Problem('unavailable', `egress: \`${host}\` is not resolved to any address`);
  }
  const places = found.filter((text) => {
    const address = addressOf(text);
    return address !== null && reaches(rule, address);
  });
  if (places.length > 0) {
    return places
      .slice(0, ADDRESSES_TRIED_MAX)
      .map((address) => ({ kind: 'address', address, port }));
  }
  await refusals.note({ ...target, reason: 'address', rule, address: found[0] ?? null });
  throw new Problem(
    'denied',
    `egress: \`${host}\` is at an address inside the network, which its rule does not name`,
    { hint: 'a rule with `--network` names the ranges that a name may be at' },
  );
}

async function reach(
  { target, rule }: Way,
  how: {
    readonly places: readonly Place[];
    readonly refusals: Refusals;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ socket: Socket; place: Place }> {
  let cause: unknown;
  for (const place of how.places) {
    try {
      return { socket: await dial(place, how.signal), place };
    } catch (thrown) {
      cause = thrown;
      if (how.signal?.aborted === true) break;
    }
  }
  void how.refusals.note({ ...target, reason: 'unreachable', rule });
  throw new Problem('unavailable', `\`${target.host}\` port ${target.port} cannot be reached`, {
    cause,
  });
}
