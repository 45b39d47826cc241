/**
 * The egress of a plane: the only way out. Default deny; a rule names workload, host, port, purpose and end. A name is
 * resolved once and the connection pinned to an address that the rule lets it end at; a leaf is durable before the
 * first byte leaves, another says what was moved. Reads nothing of what is sent. Rules: docs/formats/egress-rule.md;
 * why it is as it is: docs/design/egress.md.
 */
export { egressDispatcher } from './dispatcher.ts';
export { openEgress } from './egress.ts';
export type { Egress } from './egress.ts';
export { connectPostgres } from './postgres.ts';
export { openProxy } from './proxy.ts';
export type { Rule, RuleSpec } from './rule.ts';
export { SOURCES } from './rulebook.ts';
export { configuredRules, egressSettings } from './settings.ts';
export { startTls } from './tls.ts';
export type { TlsWish } from './tls.ts';
