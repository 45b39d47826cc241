/**
 * The collector: measures and tests tables of warehouses by monitors people write, writes what it finds into one schema
 * there, and tells control the part that is no value. Reads what dbt leaves behind, too. Decides no alarm (control's
 * observatory does) and shows no row but as policy allows. Formats: docs/formats/monitors.md; why it is as it is:
 * docs/design/collector.md.
 */
export { openCollector } from './collector.ts';
export type { Collector } from './collector.ts';
export { ARTIFACTS } from './dbt/dbtload.ts';
export type { Reach } from './reachofwords.ts';
export { collectorSettings } from './settings.ts';
