import { actingIn } from './acting.ts';
import { underAny } from './hierarchy.ts';
import type { PolicyView } from './policyview.ts';
import { byRevealing } from './vaultdecision.ts';
import type {
  VaultCase,
  VaultColumnDecision,
  VaultDecision,
  VaultReason,
  VaultRequest,
} from './vaultdecision.ts';
import { columnsRead } from './vaultpredicate.ts';
import type { SubjectFacts } from './facts.ts';
import type { VaultColumnFacts, VaultRole } from './vaultfacts.ts';
import { isAbout } from './vaultview.ts';
import type { CompiledDuty, CompiledVault, CompiledVaultRule } from './vaultview.ts';
import type { Acting } from './condition.ts';

const DIGEST_LENGTH = 32;

const DENIED: VaultColumnDecision = {
  effect: 'deny',
  redaction: 'REDACTED',
  denied: [],
  allowed: [],
};

type Outcome = Omit<VaultDecision, 'id'>;

/** Who asks, whatever the view knows of them. */
export type VaultAsker = {
  readonly subject: SubjectFacts | undefined;
  readonly roles: readonly VaultRole[];
  readonly conditions: 'judged' | 'assumed';
};

/**
 * What the caller may do with each column of a vault's table. Total: nothing is allowed unless a rule says so, a rule
 * that forbids wins over any that allows, and of several that allow the most revealing counts. A rule with WHERE counts
 * for the rows that fulfil it; `shownAs` tells what one row shows. `assumed` takes conditions on the context as met where they
 * allow and as missed where they forbid, for who plans.
 */
export function decideVault(
  view: PolicyView,
  request: VaultRequest,
  conditions: 'judged' | 'assumed' = 'judged',
): VaultDecision {
  const subject = view.subjects.get(request.subject);
  const held = view.vaults.get(request.vault)?.roles.get(request.subject) ?? [];
  const outcome = vaultOutcome(view, request, { subject, roles: held, conditions });
  const { subject: id, roles, operation, vault, table, context, purpose, ticket } = request;
  const through = request.connection ? [request.connection] : [];
  const asked = [id, roles, operation, vault, table.id, context, purpose, ticket, ...through];
  const { effect, columns, obligations, reasons } = outcome;
  const answer = [effect, [...columns], obligations, reasons];
  const digest = view.tools.sha256(JSON.stringify([view.digest, asked, answer]));
  return { id: `dec_${digest.slice(0, DIGEST_LENGTH)}`, ...outcome };
}

/** The answer without its name. */
export function vaultOutcome(
  view: PolicyView,
  request: VaultRequest,
  { subject, roles, conditions }: VaultAsker,
): Outcome {
  const refuse = (about: VaultReason['about'], rule: string) =>
    denied(request, [{ about, policy: null, clause: null, outcome: 'denies', rule }]);
  if (subject === undefined) return refuse('subject', 'the subject is not known');
  if (subject.state !== 'active') return refuse('subject', `the subject is ${subject.state}`);
  if (request.purpose !== null && !view.purposes.has(request.purpose)) {
    return refuse('purpose', 'the purpose is not known');
  }
  const vault = view.vaults.get(request.vault);
  if (vault === undefined) return refuse('rule', 'no policy and no role is about the vault');
  const duties = dutiesFor(vault, request);
  const missing = duties.flatMap((duty) => unfulfilled(duty, request));
  if (missing.length > 0) return denied(request, missing);
  const acting = actingFor(subject, request);
  const scene = { vault, request, acting, held: roles, assumed: conditions === 'assumed' };
  return judged(scene, duties);
}

function denied(request: VaultRequest, reasons: readonly VaultReason[]): Outcome {
  const columns = new Map(request.table.columns.map((column) => [column.id, DENIED]));
  const obligations = { valuesPerHour: null };
  return { effect: 'deny', columns, reads: [], obligations, reasons };
}

/** Duties stand before what shows values, not before what takes them in. */
function dutiesFor(vault: CompiledVault, request: VaultRequest): readonly CompiledDuty[] {
  if (request.operation !== 'read' && request.operation !== 'detokenize') return [];
  return vault.duties.filter(({ tables }) => tables === null || tables.has(request.table.id));
}

function unfulfilled({ policy, duty }: CompiledDuty, request: VaultRequest): VaultReason[] {
  const { purpose, ticket } = request;
  const reason = { policy, clause: 'reveal', outcome: 'denies' } as const;
  const reasons: VaultReason[] = [];
  if (duty.purposes.length > 0 && (purpose === null || !underAny(purpose, duty.purposes))) {
    const wanted = duty.purposes.map((name) => `\`${name}\``).join(' or ');
    reasons.push({ about: 'purpose', ...reason, rule: `a purpose is required: ${wanted}` });
  }
  if (duty.ticket && !ticket) {
    reasons.push({ about: 'purpose', ...reason, rule: 'a ticket is required' });
  }
  return reasons;
}

function actingFor(subject: SubjectFacts, { vault, table, purpose, nowMs }: VaultRequest): Acting {
  const source = {
    name: `${vault}.${table.name}`,
    system: vault,
    schema: '',
    table: table.name,
    tags: [],
  };
  return actingIn({ subject, project: null, purpose }, source, nowMs);
}

type Scene = {
  readonly vault: CompiledVault;
  readonly request: VaultRequest;
  readonly acting: Acting;
  readonly held: readonly VaultRole[];
  readonly assumed: boolean;
};

function judged(scene: Scene, duties: readonly CompiledDuty[]): Outcome {
  const { vault, request } = scene;
  const about = vault.rules.filter(
    (rule) =>
      rule.rule.operations.includes(request.operation) &&
      request.table.columns.some((column) => isAbout(rule, request.table, column)),
  );
  const weighed = about.map((rule) => ({ rule, ...weigh(rule, scene) }));
  const counting = weighed.filter(({ counts }) => counts).map(({ rule }) => rule);
  const columns = new Map(
    request.table.columns.map((column) => [column.id, columnFor(counting, request, column)]),
  );
  const allowed = [...columns.values()].some(({ effect }) => effect === 'allow');
  const reasons = weighed.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  return {
    effect: allowed ? 'allow' : 'deny',
    columns,
    reads: readsOf([...columns.values()]),
    obligations: { valuesPerHour: budgetOf(duties) },
    reasons: allowed || reasons.length > 0 ? reasons : [NOTHING],
  };
}

const NOTHING: VaultReason = {
  about: 'rule',
  policy: null,
  clause: null,
  outcome: 'denies',
  rule: 'no rule allows it',
};

type Weight = { readonly counts: boolean; readonly reason: VaultReason | null };

/** Whether the rule counts for this request; what cannot be worked out forbids, and never allows. */
function weigh(rule: CompiledVaultRule, scene: Scene): Weight {
  const { effect, name } = rule.rule;
  const forbids = effect === 'deny';
  const say = (counts: boolean, why: string): Weight => {
    const outcome = counts ? (forbids ? 'denies' : 'allows') : 'does-not-allow';
    return {
      counts,
      reason: { about: 'rule', policy: rule.policy, clause: name, outcome, rule: why },
    };
  };
  const who = rule.who?.judge(scene.acting) ?? 'no';
  const meant = forbids
    ? holds(rule, scene.held) || who !== 'no'
    : holds(rule, actingRoles(scene)) || (who === 'yes' && scene.request.roles === null);
  if (!meant) {
    // Rules of roles nobody asked about would drown what matters.
    return rule.policy === null
      ? { counts: false, reason: null }
      : say(false, 'not one of its roles');
  }
  const { purposes } = rule.rule;
  const { purpose } = scene.request;
  if (purposes.length > 0 && (purpose === null || !underAny(purpose, purposes))) {
    return say(false, 'not for the purpose of the request');
  }
  const met = conditionOf(rule, scene);
  if (met === 'error' && forbids) return say(true, 'its condition cannot be worked out');
  if (met === 'error') return say(false, 'its condition cannot be worked out');
  if (!met) return say(false, 'its condition does not hold');
  return say(true, rule.rule.text);
}

function conditionOf({ when, rule }: CompiledVaultRule, scene: Scene): boolean | 'error' {
  if (when === null) return true;
  if (scene.assumed) return rule.effect === 'allow';
  return when.run({ ...scene.acting.cel, ...requestOf(scene.request) });
}

/** System roles are known by what they are, others by name. */
function holds(rule: CompiledVaultRule, roles: readonly VaultRole[]): boolean {
  return roles.some((role) => rule.roles.has(rule.policy === null ? role.definition : role.name));
}

/** INVARIANT: acting in fewer roles never shows more, so it takes away permissions only. */
function actingRoles({ held, request }: Scene): readonly VaultRole[] {
  const { roles } = request;
  return roles === null ? held : held.filter((role) => roles.includes(role.id));
}

function requestOf({ context, connection }: VaultRequest) {
  return { request: { context: context ?? '', connection: connection ?? '' } };
}

function columnFor(
  rules: readonly CompiledVaultRule[],
  request: VaultRequest,
  column: VaultColumnFacts,
): VaultColumnDecision {
  const about = rules.filter((rule) => isAbout(rule, request.table, column));
  const prohibitions = about.filter((rule) => rule.rule.effect === 'deny');
  if (prohibitions.some((rule) => rule.where === null)) return DENIED;
  const allowed = casesOf(
    about.filter((rule) => rule.rule.effect === 'allow'),
    column,
  );
  const [most] = allowed;
  if (most === undefined) return DENIED;
  const rows = prohibitions.flatMap(({ where }) => (where === null ? [] : [where]));
  return { effect: 'allow', redaction: most.redaction, denied: rows, allowed };
}

/** The most revealing first; what follows a case for every row can never count. */
function casesOf(
  rules: readonly CompiledVaultRule[],
  column: VaultColumnFacts,
): readonly VaultCase[] {
  const cases = rules
    .map(({ rule, where }) => ({ redaction: rule.redaction ?? column.redaction, rows: where }))
    .toSorted((left, right) => byRevealing(left.redaction, right.redaction));
  const last = cases.findIndex(({ rows }) => rows === null);
  return last < 0 ? cases : cases.slice(0, last + 1);
}

function readsOf(columns: readonly VaultColumnDecision[]): readonly string[] {
  const conditions = columns.flatMap(({ denied: no, allowed }) => [
    ...no,
    ...allowed.flatMap(({ rows }) => (rows === null ? [] : [rows])),
  ]);
  return [...new Set(conditions.flatMap((rows) => columnsRead(rows)))];
}

function budgetOf(duties: readonly CompiledDuty[]): number | null {
  const budgets = duties.flatMap(({ duty }) => duty.valuesPerHour ?? []);
  return budgets.length === 0 ? null : Math.min(...budgets);
}
