import { unreachable } from '#base/assert';
import { Problem } from '#base/problem';
import { checkFacts, isObserveFact } from '#boundary';
import type { Fact, FactOf } from '#boundary';
import { noteDecisions, noteVaultDecision, pruneDecisions } from '#control/access';
import type { BundleDesk } from '#control/access';
import {
  findVaultTable,
  takeDictionary,
  takeVaultClasses,
  takeVaultSchema,
} from '#control/catalog';
import type { RegistrationRule } from '#control/catalog';
import { notePlane } from '#control/identity';
import type { Work } from '#control/identity';
import { notePresence, noteUsage, takeObserved } from '#control/observe';
import { statement } from '#platform/db';

const LOCK = statement(import.meta.url, 'sql/lock-facts.sql');
const NOTE = statement(import.meta.url, 'sql/note-facts.sql');
const PUT_DECISION = statement(import.meta.url, 'sql/put-decision.sql');
const PUT_VAULT_DECISION = statement(import.meta.url, 'sql/put-vault-decision.sql');
const PUT_LOGIN = statement(import.meta.url, 'sql/put-login.sql');
const PUT_HEALTH = statement(import.meta.url, 'sql/put-health.sql');
const PUT_HEARTBEAT = statement(import.meta.url, 'sql/put-heartbeat.sql');
const PRUNE_DECISIONS = statement(import.meta.url, 'sql/prune-decisions.sql');
const PRUNE_LOGINS = statement(import.meta.url, 'sql/prune-logins.sql');

/** Control keeps what planes report for a year; the plane's own ledger is the record. */
const REPORT_DAYS_MAX = 366;

/** What facts are taken in with. */
export type Report = { readonly rule: RegistrationRule; readonly bundles: BundleDesk };

/**
 * Takes in what a plane reports, in order, each fact once; gives the number of the last one that is stored. Throws
 * `invalid` for a body that is no list of facts of this plane.
 */
export async function takeFacts(
  work: Work,
  plane: string,
  report: Report & { readonly body: unknown },
): Promise<number> {
  const { facts } = checkFacts(report.body);
  const foreign = facts.find((fact) => fact.plane !== plane);
  if (foreign !== undefined) throw new Problem('invalid', 'a fact is another plane’s');
  const { rows } = await work.tx.query<{ facts_through: string }>(LOCK, [plane]);
  let through = Number(rows[0]?.facts_through ?? 0);
  for (const fact of facts) {
    if (fact.number <= through) continue;
    await takeFact(work, fact, report);
    through = fact.number;
  }
  await work.tx.query(NOTE, [plane, through, new Date(work.nowMs)]);
  return through;
}

async function takeFact(work: Work, fact: Fact, report: Report): Promise<void> {
  if (isObserveFact(fact)) return takeObserved(work, fact);
  switch (fact.kind) {
    case 'dictionary':
      return takeDictionary(work, fact, report.rule);
    case 'decision':
      await takeDecision(work, fact);
      await noteUsage(work, fact);
      return noteDecisions(work.tx, report.bundles, fact);
    case 'login':
      return takeLogin(work, fact);
    case 'health':
      return takeHealth(work, fact);
    case 'heartbeat':
      return takeHeartbeat(work, fact);
    case 'vault-schema':
      return takeVaultSchema(work, fact);
    case 'vault-classes':
      return takeVaultClasses(work, fact);
    case 'vault-decision':
      return takeVaultDecision(work, fact, report.bundles);
    default:
      return unreachable(fact);
  }
}

async function takeDecision(work: Work, fact: FactOf<'decision'>): Promise<void> {
  await work.tx.query(PUT_DECISION, [
    fact.plane,
    fact.number,
    new Date(fact.timeMs),
    fact.subject,
    fact.project,
    fact.purpose,
    fact.door,
    fact.mode,
    fact.effect,
    fact.bundleSerial,
    JSON.stringify(fact.sources),
    fact.sources.map((source) => source.decision),
    fact.rows,
    fact.durationMicros,
    fact.fingerprint,
  ]);
}

async function takeVaultDecision(
  work: Work,
  fact: FactOf<'vault-decision'>,
  bundles: BundleDesk,
): Promise<void> {
  const table = await findVaultTable(work.tx, fact);
  const source = table?.source ?? fact.table;
  const names = new Map(table?.columns.map(({ id, name }) => [id, name]));
  const columns = fact.columns.map((one) => {
    return { name: names.get(one.column) ?? one.column, show: shownAs(one) };
  });
  const filtered = fact.columns.some(
    ({ denied, levels }) => denied || levels.every(({ rows }) => rows === 'some'),
  );
  const line = { source, decision: fact.decision, effect: fact.decided, filtered, columns };
  await work.tx.query(PUT_VAULT_DECISION, [
    fact.plane,
    fact.number,
    new Date(fact.timeMs),
    fact.subject,
    fact.purpose,
    fact.door,
    fact.effect,
    fact.bundleSerial,
    JSON.stringify([line]),
    [fact.decision],
    fact.records,
    fact.durationMicros,
    fact.operation,
    fact.requests,
  ]);
  await noteVaultDecision(work.tx, bundles, { fact, table });
}

/** What a column shows at most, in the words of the gateway's decisions. */
function shownAs({ levels }: FactOf<'vault-decision'>['columns'][number]): string {
  const [most] = levels;
  if (most === undefined) return 'hidden';
  return most.redaction === 'PLAIN_TEXT' ? 'clear' : 'mask';
}

async function takeLogin(work: Work, fact: FactOf<'login'>): Promise<void> {
  const { plane, number, timeMs, door, outcome, method, subject, reason } = fact;
  const row = [plane, number, new Date(timeMs), door, outcome, method, subject, reason];
  await work.tx.query(PUT_LOGIN, row);
}

async function takeHealth(work: Work, fact: FactOf<'health'>): Promise<void> {
  const { plane, component, system, state, code, timeMs } = fact;
  await work.tx.query(PUT_HEALTH, [plane, component, system ?? '', state, code, new Date(timeMs)]);
}

async function takeHeartbeat(work: Work, fact: FactOf<'heartbeat'>): Promise<void> {
  const { plane, bundleSerial, actsThrough } = fact;
  await notePlane(work.tx, plane, { nowMs: work.nowMs, bundleSerial, actsThrough });
  await work.tx.query(PUT_HEARTBEAT, [
    plane,
    new Date(fact.timeMs),
    bundleSerial,
    fact.bundleState,
    fact.ledger.size,
    fact.ledger.chain,
    fact.outbox.waiting,
    fact.connections,
  ]);
  await notePresence(work, fact);
  const oldest = new Date(work.nowMs - REPORT_DAYS_MAX * 86_400_000);
  await work.tx.query(PRUNE_DECISIONS, [oldest]);
  await work.tx.query(PRUNE_LOGINS, [oldest]);
  await pruneDecisions(work.tx, oldest.getTime());
}
