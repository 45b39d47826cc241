/**
 * The SQL gateway: PostgreSQL clients on one side, one connection to a source per client on the other, and between
 * them the order of things: log-in, plan, decide, rewrite, run, mask, record. It owns that order and the sockets; the
 * protocol is engines/pgwire, the rewriting engines/sql, the decision engines/policy, the masks engines/crypto.
 * Design: docs/design/gateway.md.
 */
export { openGateway } from './gateway.ts';
export type { Gateway, GatewayOptions } from './gateway.ts';
export { accessViewOf } from './access.ts';
export { startPlanThread } from './planning/planthread.ts';
export type { PlanThread } from './planning/planthread.ts';
export { problemOf } from './planning/planmessage.ts';
export { StatedProblem } from './statedproblem.ts';
export { redactedText } from './sqlstate.ts';
export type { PreparedBundle } from './access.ts';
export type {
  AccessPort,
  AccessView,
  GatewayPorts,
  GatewaySubject,
  GatewayToken,
  SourcePort,
  SourceSystem,
  UpstreamAddress,
  VaultAsker,
  VaultPort,
} from './port.ts';
export { gatewaySettings } from './settings.ts';
export type { GatewaySettings } from './settings.ts';
