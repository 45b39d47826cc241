import type { CancelKeys } from './cancel.ts';
import type { Lockout } from './lockout.ts';
import type { Meters } from './rows/meter.ts';
import type { Planning } from './planning/planning.ts';
import type { GatewayPorts } from './port.ts';
import type { Connected } from './connected.ts';
import type { GatewaySettings } from './settings.ts';
import type { ServerTls } from './upstream/servertls.ts';

/** What all connections of one gateway share. */
export type GatewayContext = {
  readonly ports: GatewayPorts;
  readonly settings: GatewaySettings;
  readonly planning: Planning;
  readonly cancelKeys: CancelKeys;
  readonly lockout: Lockout;
  readonly meters: Meters;
  /** What the next handshake shows; null when the gateway has no certificate. */
  readonly tls: () => ServerTls | null;
  /** Makes stand-in verifiers; stays the same while the gateway runs. */
  readonly secret: Uint8Array;
  readonly sessions: Set<Connected>;
  /** What the portals of all sessions at vaults hold. */
  readonly vaultHeld: { bytes: number };
};
