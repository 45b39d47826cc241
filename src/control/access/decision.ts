import { canonicalJson } from '#base/canonical';
import { Problem } from '#base/problem';
import type { FactOf } from '#boundary';
import { sourceId } from '#control/catalog';
import { decide, explain, withoutValues } from '#engines/policy';
import type { Decision } from '#engines/policy';
import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { BundleDesk } from './bundledesk.ts';
import { ownVaultDecision, vaultDecisionLines } from './vaultdecision.ts';
import type { StoredVaultDecision } from './vaultdecision.ts';
import { documentsAt, policyRevision } from './stored.ts';
import { viewOf, worldOf } from './world.ts';

const KNOWN = statement(import.meta.url, 'sql/known-decisions.sql');
const PUT = statement(import.meta.url, 'sql/put-decision.sql');
const FIND = statement(import.meta.url, 'sql/find-decision.sql');
const PRUNE = statement(import.meta.url, 'sql/prune-decisions.sql');
const SUBJECT = statement(import.meta.url, 'sql/find-subject-id.sql');

/** A decision with its proof: who asked for what as what, and a line for everything that was considered. */
export type ExplainedDecision = {
  readonly id: string;
  readonly plane: string | null;
  readonly subject: string;
  readonly source: string;
  readonly project: string | null;
  readonly purpose: string | null;
  /** When it was first reported; null for one that was made just now, to see. */
  readonly firstAt: string | null;
  /** Stored ones have counts in place of the values bound into them. */
  readonly decision: Decision | StoredVaultDecision;
  readonly lines: readonly string[];
};

/**
 * Keeps the reasons of the decisions a plane reports. Facts name decisions; the same policies over the same facts give
 * the same id here, and only then are the reasons the plane's. A decision that control can not repeat is left out.
 */
export async function noteDecisions(
  tx: Queryable,
  desk: BundleDesk,
  fact: FactOf<'decision'>,
): Promise<void> {
  const ids = fact.sources.map((one) => one.decision);
  const known = await tx.query<{ id: string }>(KNOWN, [ids]);
  const missing = new Set(ids).difference(new Set(known.rows.map((row) => row.id)));
  if (missing.size === 0) return;
  const view = desk.view(fact.plane, fact.bundleSerial);
  if (view === null) return;
  const { subject, project, purpose, timeMs } = fact;
  for (const { source, decision: id } of fact.sources) {
    if (!missing.has(id)) continue;
    const request = {
      subject,
      project,
      purpose,
      source,
      operation: 'select',
      nowMs: timeMs,
    } as const;
    const decision = decide(view, request);
    if (decision.id !== id) continue;
    const stored = canonicalJson(withoutValues(decision));
    const row = [id, fact.plane, subject, source, project, purpose, new Date(timeMs), stored];
    await tx.query(PUT, row);
  }
}

/** A reported decision by its id; throws `not-found`. */
export async function explainDecision(tx: Queryable, id: string): Promise<ExplainedDecision> {
  const { rows } = await tx.query<DecisionRow>(FIND, [id]);
  const [row] = rows;
  if (row === undefined) {
    throw new Problem('not-found', `no decision is known as \`${id.slice(0, 64)}\``, {
      hint: 'planes report decisions within seconds; ask why now with a person and a source',
    });
  }
  return {
    id: row.id,
    plane: row.plane,
    subject: row.subject_name,
    source: row.source_name,
    project: row.project_id,
    purpose: row.purpose,
    firstAt: row.first_at.toISOString(),
    decision: row.decision,
    lines: 'kind' in row.decision ? vaultDecisionLines(row.decision) : explain(row.decision),
  };
}

/**
 * A decision as it may be told to whom it is about. Of a vault, where a table of which nothing may be had may be one they know
 * nothing of, it is less than others are told.
 */
export function ownDecision(explained: ExplainedDecision): ExplainedDecision {
  const { decision } = explained;
  if (!('kind' in decision)) return explained;
  const source = decision.effect === 'allow' ? explained.source : HIDDEN_TABLE;
  return { ...explained, source, ...ownVaultDecision(decision) };
}

/** Stands for the name of a table that is not told. */
export const HIDDEN_TABLE = 'a table of a vault';

export type Asked = {
  /** Name or id of the person. */
  readonly subject: string;
  /** Full name or id of the source. */
  readonly source: string;
  readonly project: string | null;
  readonly purpose: string | null;
};

/** What the policies in force say to a question nobody has asked yet; throws `not-found` for unknown names. */
export async function explainNow(
  tx: Queryable,
  asked: Asked,
  nowMs: number,
): Promise<ExplainedDecision> {
  const { project, purpose } = asked;
  const { rows } = await tx.query<{ id: string; name: string }>(SUBJECT, [asked.subject]);
  const [subject] = rows;
  if (subject === undefined) {
    throw new Problem('not-found', `no one is called \`${asked.subject.slice(0, 64)}\``);
  }
  const source = await sourceId(tx, asked.source);
  const set = await documentsAt(tx, await policyRevision(tx));
  const view = viewOf(await worldOf(tx, set, { nowMs }));
  const request = { project, purpose, operation: 'select', nowMs } as const;
  const decision = decide(view, { subject: subject.id, source: source.id, ...request });
  return {
    id: decision.id,
    plane: null,
    subject: subject.name,
    source: source.fullName,
    project,
    purpose,
    firstAt: null,
    decision,
    lines: explain(decision),
  };
}

/** Forgets the reasons of decisions first made before that moment. */
export async function pruneDecisions(tx: Queryable, beforeMs: number): Promise<void> {
  await tx.query(PRUNE, [new Date(beforeMs)]);
}

type DecisionRow = {
  readonly id: string;
  readonly plane: string;
  readonly subject_id: string;
  readonly subject_name: string;
  readonly source_id: string;
  readonly source_name: string;
  readonly project_id: string | null;
  readonly purpose: string | null;
  readonly first_at: Date;
  readonly decision: Decision | StoredVaultDecision;
};
