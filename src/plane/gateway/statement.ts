import { Problem } from '#base/problem';
import { answer, reply, type Field } from '#engines/pgwire';
import type { SettingChange, StatementPlan } from '#engines/sql';
import { microsNow } from './audit.ts';
import { checkFields } from './describe.ts';
import { refusing } from './refusal.ts';
import { sqlState } from './sqlstate.ts';
import type { Planned } from './planning/planning.ts';
import type { RuleSet } from './planning/ruleset.ts';
import { masksOf, type Reading, type Running } from './rows/reading.ts';
import { RESERVED_PREFIX, type Session } from './session.ts';
import { viewOrigins } from './vieworigin.ts';
import { isVirtual, schemasOf } from './virtual.ts';

/** Names a batch itself has prepared or declared before the statement at hand. */
export type BatchNames = {
  readonly statements: Map<string, Reading>;
  readonly cursors: Map<string, Reading>;
};

export function emptyBatch(): BatchNames {
  return { statements: new Map(), cursors: new Map() };
}

/** A planned statement of a batch: what its columns are, and what goes upstream for it. */
export type Part = {
  readonly plan: StatementPlan;
  readonly reading: Reading;
  readonly text: string;
};

/** The part of a statement; throws where it names what does not exist, or may not be changed. */
export function partOf(
  session: Session,
  planned: Planned,
  at: { plan: StatementPlan; batch: BatchNames },
): Part {
  const text = upstreamText(session, at.plan);
  return { plan: at.plan, reading: readingOf(session, planned, at), text };
}

/** The plan whose columns a statement sends out: its own, or that of the name it executes or fetches from. */
export function readingOf(
  session: Session,
  planned: Planned,
  at: { plan: StatementPlan; batch: BatchNames },
): Reading {
  const { plan, batch } = at;
  const { consulted, rulesKey, rules } = planned;
  const own: Reading = { plan, consulted, rulesKey, rules };
  if (plan.kind === 'prepare') {
    checkName(plan.name);
    checkStatementRoom(session, batch.statements.size);
    batch.statements.set(plan.name, { ...own, plan: plan.statement });
    return { ...own, plan: plan.statement };
  }
  if (plan.kind === 'declare') {
    checkName(plan.name);
    checkPortalRoom(session, batch.cursors.size);
    batch.cursors.set(plan.name, own);
    return own;
  }
  if (plan.kind === 'execute') {
    const found = batch.statements.get(plan.name) ?? session.sqlStatements.get(plan.name);
    return borrowed(found, { what: 'prepared statement', name: plan.name, rules });
  }
  if (plan.kind === 'fetch') {
    const found = batch.cursors.get(plan.name) ?? session.cursors.get(plan.name)?.reading;
    return borrowed(found, { what: 'cursor', name: plan.name, rules });
  }
  return own;
}

/** Throws `limit` when a session holds as many prepared statements, of either protocol, as one may. */
export function checkStatementRoom(session: Session, coming = 0): void {
  const max = session.settings.statementsPerSessionMax;
  if (session.statements.size + session.sqlStatements.size + coming < max) return;
  throw new Problem('limit', `prepared statements above ${max}`, {
    hint: 'DEALLOCATE those that are not needed any more',
  });
}

/** Throws `limit` when a session holds as many named portals and cursors as one may. */
export function checkPortalRoom(session: Session, coming = 0): void {
  const max = session.settings.portalsPerSessionMax;
  if (session.portals.size + session.cursors.size + coming < max) return;
  throw new Problem('limit', `portals and cursors above ${max}`, {
    hint: 'CLOSE those that are not needed any more',
  });
}

/** The reading of a name, if policy still says the same about it; throws `not-found` or `denied`. */
export function borrowed(
  found: Reading | undefined,
  asked: { what: string; name: string; rules: RuleSet },
): Reading {
  if (found === undefined) {
    const problem = new Problem('not-found', `${asked.what} \`${asked.name}\` does not exist`);
    const state = asked.what === 'cursor' ? sqlState.noSuchPortal : sqlState.noSuchStatement;
    throw refusing(state, problem);
  }
  const { rules } = asked;
  if (rules.keyOf(found.consulted) !== found.rulesKey) {
    throw new Problem('denied', `policy changed since ${asked.what} \`${asked.name}\` was made`, {
      hint:
        asked.what === 'cursor'
          ? 'close it and declare it again'
          : 'deallocate and prepare it again',
    });
  }
  return { ...found, rules };
}

/** Names that begin with our own prefix are refused, so that no name of a client's can mean one of ours. */
function checkName(name: string): void {
  if (name.toLowerCase().startsWith(RESERVED_PREFIX)) {
    throw new Problem('unsupported', `names that begin with \`${RESERVED_PREFIX}\` are reserved`);
  }
}

/** What goes upstream for a statement. Those the gateway answers become harmless ones, so that order and transactions hold. */
export function upstreamText(session: Session, plan: StatementPlan): string {
  if (plan.kind === 'deallocate' && plan.name !== null) {
    const prepared = session.statements.get(plan.name);
    const ours = prepared !== undefined && !session.sqlStatements.has(plan.name);
    if (ours) return `DEALLOCATE ${prepared.upstreamName}`;
    checkName(plan.name);
    return plan.text;
  }
  const { sets } = plan.kind === 'prepare' ? plan.statement : plan;
  for (const change of sets) if (isVirtual(change.name)) checkVirtual(session, change);
  if (plan.answer === 'upstream') return plan.text;
  if (plan.kind === 'set') checkVirtual(session, plan.setting);
  if (plan.kind === 'show') {
    return `SELECT ${quoteLiteral(plan.value ?? '')}::pg_catalog.text AS ${quoteName(plan.name)}`;
  }
  return answeredText(plan);
}

/** Everything of the session upstream is the client's own or made anew when it is missed, so `ALL` may be meant. */
function answeredText(plan: StatementPlan): string {
  if (plan.kind === 'reset' && plan.name === null) return 'RESET ALL';
  if (plan.kind === 'discard') return `DISCARD ${plan.target.toUpperCase()}`;
  if (plan.kind === 'deallocate') return 'DEALLOCATE ALL';
  if (plan.kind === 'close') return 'CLOSE ALL';
  if (plan.kind === 'empty') return '';
  if (plan.kind === 'set' || plan.kind === 'reset' || plan.kind === 'lock') return KEPT;
  throw new Problem('unsupported', `statement \`${plan.kind}\` cannot be answered here`);
}

/** A setting of nobody's: sets nothing, but fails in a failed transaction and is undone like any SET. */
const KEPT = "SET privet.kept TO ''";

function checkVirtual(session: Session, { name, value }: SettingChange): void {
  if (!isVirtual(name))
    throw new Problem('unsupported', `setting \`${name}\` cannot be changed here`);
  if (value === null || value === '') return;
  if (name === 'search_path' && schemasOf(value, session.subject.name) === null) {
    throw new Problem('unsupported', 'search_path expected a list of schema names');
  }
  if (name === 'privet.project' && session.ports.access()?.project(value) === undefined) {
    const problem = new Problem('not-found', `project \`${value}\` does not exist`, {
      hint: 'SET privet.project takes the name of a project you are a member of',
    });
    throw refusing(sqlState.invalidParameterValue, problem);
  }
}

export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new Problem('invalid', 'text expected no zero byte');
  return `'${text.replaceAll("'", "''")}'`;
}

export function quoteName(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A statement about to run, with the keys its masks need; throws when one cannot be had. */
export async function runningOf(
  session: Session,
  at: { plan: StatementPlan; reading: Reading; positions: boolean },
): Promise<Running> {
  const { plan, reading } = at;
  // PREPARE and DECLARE send no rows themselves.
  const silent = plan.kind === 'prepare' || plan.kind === 'declare';
  const masks = silent ? [] : await masksOf(reading, session.ports);
  if (plan.kind === 'copy-out' && masks.length > 0 && plan.copy.format === 'binary') {
    throw new Problem(
      'unsupported',
      'COPY in binary format of a column that is masked on the way out',
      {
        hint: 'use text or csv format',
      },
    );
  }
  return {
    plan,
    reading,
    masks,
    masked: masks.length > 0,
    checked: false,
    rows: 0,
    bytes: 0,
    startedMicros: microsNow(),
    copy: null,
    positions: at.positions,
  };
}

/** The RowDescription a client gets in place of the source's; throws `denied` when it is not what was planned. */
export function checkedFields(session: Session, reading: Reading, body: Uint8Array): Field[] {
  const relations = session.system?.catalog.relations ?? [];
  const barrierOid = (name: string) => session.barriers.get(name);
  return checkFields(answer.decodeRowDescription(body), {
    plan: reading.plan,
    barrierOid,
    origins: viewOrigins(reading, barrierOid),
    known: (oid) => oid === 0 || relations.some((relation) => relation.oid === oid),
  });
}

/** The same as a message; null when nothing had to change. */
export function describedAs(
  session: Session,
  reading: Reading,
  body: Uint8Array,
): Uint8Array | null {
  const { output, guards, governed, barriers } = reading.plan;
  const plain = !governed && guards.length === 0 && barriers.length === 0;
  if (plain && output.every((column) => column.stream === null)) return null;
  return reply.encodeRowDescription(checkedFields(session, reading, body));
}
