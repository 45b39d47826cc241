import type { Border } from '#plane/border';
import type { Keyring } from '#plane/keys';
import type { Ledger } from '#plane/ledger';
import type { AccessView, GatewayPorts } from './port.ts';

/** The parts of a plane the gateway stands on; its border prepares bundles with `accessViewOf`. */
export type PlaneParts = Pick<GatewayPorts, 'sources' | 'clock' | 'random' | 'log' | 'metrics'> & {
  readonly border: Pick<Border<AccessView>, 'current' | 'tell'>;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly keyring: Pick<Keyring, 'use'>;
};

/** The gateway's ports over the real parts of a plane. */
export function portsOf(parts: PlaneParts): GatewayPorts {
  const { border, ledger, keyring, ...rest } = parts;
  return {
    ...rest,
    access: () => {
      const state = border.current();
      if (state.kind === 'none') return null;
      // The border alone knows when a bundle is stale; a stale one is kept to say so, never to decide from.
      return state.kind === 'fresh' ? state.prepared : { ...state.prepared, expiresAtMs: 0 };
    },
    maskKey: async (scope) => (await keyring.use(scope)).maskKey,
    record: async (leaf) => void (await ledger.write(leaf)),
    tell: (fact) => border.tell(fact),
  };
}
