import { hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { present } from '#base/assert';
import { problemFrom } from '#base/problem';
import { createPlanner, loadParser, type Planner, type PlanResult } from '#engines/sql';
import { type PlanAnswer, plainProblem, type PlanOrder } from './planmessage.ts';

/**
 * The planning thread: parses and plans, nothing else. It is apart because a hostile statement can hang or break the
 * parser (research in docs/design/gateway.md); the main thread stops and replaces it then.
 */
const port = present(parentPort, 'planning worker port');
const planners = new Map<string, Planner>();
await loadParser();

port.on('message', (order: PlanOrder) => {
  if (order.kind === 'catalog') {
    if (order.forget !== null) planners.delete(order.forget);
    planners.set(order.catalog.digest, createPlanner(order.catalog, { sha256 }));
    return;
  }
  port.postMessage(answer(order));
});

const sha256 = (text: string): string => hash('sha256', text);

function answer(order: Extract<PlanOrder, { kind: 'plan' }>): PlanAnswer {
  const rules = new Map(order.rules);
  const consulted = new Set<number>();
  const planner = present(planners.get(order.catalog), 'planner of the catalog');
  try {
    const result = planner.plan(order.text, order.session, (oid) => {
      consulted.add(oid);
      return rules.get(oid);
    });
    return { id: order.id, consulted: [...consulted], result: plain(result) };
  } catch (thrown) {
    const problem = plainProblem(problemFrom(thrown));
    return { id: order.id, consulted: [], result: { kind: 'broken', problem } };
  }
}

function plain(result: PlanResult): PlanAnswer['result'] {
  if (result.kind === 'refused' || result.kind === 'broken') {
    return { ...result, problem: plainProblem(result.problem) };
  }
  return result;
}
