import { unreachable } from '#base/assert';
import type { FactOf } from '#boundary';
import type { Work } from '#control/identity';
import { takeCoverage, takeMonitors, takeRoleReach, takeWarehouseState } from './takewarehouse.ts';
import { takeDbtNodes, takeLineage } from './takelineage.ts';
import { takeMetricPoints, takeMetricSeries } from './takeseries.ts';
import { takeNodeRuns, takeRunResult, takeSourceFreshness } from './takeruns.ts';
import { takeSchemaChanges, takeTestResults } from './taketests.ts';

/** What the collectors of planes tell. */
export type ObservedFact = FactOf<
  | 'metric-series'
  | 'metric-points'
  | 'test-results'
  | 'run-result'
  | 'node-runs'
  | 'source-freshness'
  | 'schema-changes'
  | 'dbt-nodes'
  | 'lineage'
  | 'coverage'
  | 'monitors'
  | 'role-reach'
  | 'warehouse-state'
>;

/**
 * Takes in one fact of a collector: keeps it, and opens, joins or clears incidents. The same fact again, or one that is
 * older than what is known, changes nothing.
 */
export function takeObserved(work: Work, fact: ObservedFact): Promise<void> {
  switch (fact.kind) {
    case 'metric-series':
      return takeMetricSeries(work, fact);
    case 'metric-points':
      return takeMetricPoints(work, fact);
    case 'test-results':
      return takeTestResults(work, fact);
    case 'run-result':
      return takeRunResult(work, fact);
    case 'node-runs':
      return takeNodeRuns(work, fact);
    case 'source-freshness':
      return takeSourceFreshness(work, fact);
    case 'schema-changes':
      return takeSchemaChanges(work, fact);
    case 'dbt-nodes':
      return takeDbtNodes(work, fact);
    case 'lineage':
      return takeLineage(work, fact);
    case 'coverage':
      return takeCoverage(work, fact);
    case 'monitors':
      return takeMonitors(work, fact);
    case 'role-reach':
      return takeRoleReach(work, fact);
    case 'warehouse-state':
      return takeWarehouseState(work, fact);
    default:
      return unreachable(fact);
  }
}
