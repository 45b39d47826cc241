/**
 * The access of operators: people who run the plane for somebody else. Nobody has standing access to anything that could
 * be data. What they may see or do stands in a grant: asked for with a reason, approved by a person of the customer, for
 * some hours and some rows, over by itself. Each step of a grant and each thing seen under one is a leaf before it counts.
 * Why it is as it is: docs/design/operator-access.md. Formats: docs/formats/operator-grant.md.
 */
export { CAPABILITIES, REASONS } from './capability.ts';
export { CHANNELS } from './channel.ts';
export type { Party } from './grantleaf.ts';
export type { Decision } from './grants.ts';
export type { KeptGrant } from './granttable.ts';
export type { Incident } from './incident.ts';
export {
  ITEMS_LISTED_MAX,
  OUTPUT_ROWS_MAX,
  OUTPUTS_LISTED_MAX,
  REVEAL_ITEMS_MAX,
} from './limits.ts';
export type { Output } from './outputtable.ts';
export type { Item as QuarantineItem } from './quarantinetable.ts';
export { openOperator } from './operator.ts';
export type { Operator } from './operator.ts';
export { operatorSettings } from './settings.ts';
export { noteVersion, refuseUpgrade } from './upgrade.ts';
export { VIEWS } from './view.ts';
