import { actingIn } from './acting.ts';
import { underAny } from './hierarchy.ts';
import type { PolicyView } from './policyview.ts';
import { byRevealing, VAULT_WHYS } from './vaultdecision.ts';
import type {
  VaultCase,
  VaultColumnDecision,
  VaultDecision,
  VaultReason,
  VaultRequest,
  VaultWhy,
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
};

/**
 * What the caller may do with each column of a vault's table. Total: nothing is allowed unless a rule says so, a rule
 * that forbids wins over any that allows, and of several that allow the most revealing counts. A rule with WHERE counts
 * for the rows that fulfil it; `shownAs` tells what one row shows.
 */
export function decideVault(view: PolicyView, request: VaultRequest): VaultDecision {
  const outcome = vaultOutcome(view, request, askerOf(view, request));
  const { subject: id, operation, vault, table, ticket } = request;
  const roles = request.roles === null ? null : [...new Set(request.roles)].toSorted();
  const through = request.connection ? [request.connection] : [];
  const said = [purposeIn(view, request), request.context !== null, ticket];
  const asked = [id, roles, operation, vault, table.id, ...said, ...through];
  const { effect, columns, obligations, reasons } = outcome;
  const answer = [effect, [...columns], obligations, reasons];
  const digest = view.tools.sha256(JSON.stringify([view.digest, asked, answer]));
  return { id: `dec_${digest.slice(0, DIGEST_LENGTH)}`, ...outcome };
}

function askerOf(view: PolicyView, { subject, vault }: VaultRequest): VaultAsker {
  const roles = view.vaults.get(vault)?.roles.get(subject) ?? [];
  return { subject: view.subjects.get(subject), roles };
}

/** What stands for a caller before anything is known of the context they will say: rules that are for them, and duties. */
export type VaultStanding = {
  readonly rules: readonly CompiledVaultRule[];
  readonly duties: readonly CompiledDuty[];
};

/** What the answer to a request can hang on; null where it is no, whatever the context is. */
export function vaultStanding(view: PolicyView, request: VaultRequest): VaultStanding | null {
  const found = sceneOf(view, request, askerOf(view, request));
  if ('refusal' in found) return null;
  const { scene, duties } = found;
  return { rules: rulesAbout(scene).filter((rule) => barredBy(rule, scene) === null), duties };
}

/**
 * What of the caller's own words may go into a name that others see: a purpose only where it is one. INVARIANT: what the context
 * says is in no name; what it did to the answer is in the answer.
 */
function purposeIn(view: PolicyView, { purpose }: VaultRequest): string | false | null {
  return purpose === null || view.purposes.has(purpose) ? purpose : false;
}

/** The answer without its name. */
export function vaultOutcome(view: PolicyView, request: VaultRequest, asker: VaultAsker): Outcome {
  const found = sceneOf(view, request, asker);
  return 'refusal' in found ? denied(request, found.refusal) : judged(found.scene, found.duties);
}

type Found =
  | { readonly scene: Scene; readonly duties: readonly CompiledDuty[] }
  | { readonly refusal: readonly VaultReason[] };

/** What rules are weighed in, or why none is. */
function sceneOf(view: PolicyView, request: VaultRequest, { subject, roles }: VaultAsker): Found {
  const refuse = (about: VaultReason['about'], why: VaultWhy): Found => ({
    refusal: [{ about, ...BUILT_IN, why, rule: VAULT_WHYS[why] }],
  });
  if (subject === undefined) return refuse('subject', 'unknown-subject');
  if (subject.state !== 'active') return refuse('subject', 'inactive-subject');
  if (purposeIn(view, request) === false) return refuse('purpose', 'unknown-purpose');
  const vault = view.vaults.get(request.vault);
  if (vault === undefined) return refuse('rule', 'no-policy');
  const duties = dutiesFor(vault, request);
  const missing = duties.flatMap((duty) => unfulfilled(duty, request));
  if (missing.length > 0) return { refusal: missing };
  const acting = actingFor(subject, request);
  return { scene: { vault, request, acting, held: roles }, duties };
}

const BUILT_IN = { policy: null, clause: null, outcome: 'denies' } as const;

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
  const reason = { about: 'purpose', policy, clause: 'reveal', outcome: 'denies' } as const;
  const reasons: VaultReason[] = [];
  if (duty.purposes.length > 0 && (purpose === null || !underAny(purpose, duty.purposes))) {
    const wanted = duty.purposes.map((name) => `\`${name}\``).join(' or ');
    const why = 'purpose-required';
    reasons.push({ ...reason, why, rule: `${VAULT_WHYS[why]}: ${wanted}` });
  }
  if (duty.ticket && !ticket) {
    const why = 'ticket-required';
    reasons.push({ ...reason, why, rule: VAULT_WHYS[why] });
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
};

/** Rules about the operation and some column of the table, whoever they are for. */
function rulesAbout({ vault, request }: Scene): readonly CompiledVaultRule[] {
  return vault.rules.filter(
    (rule) =>
      rule.rule.operations.includes(request.operation) &&
      request.table.columns.some((column) => isAbout(rule, request.table, column)),
  );
}

function judged(scene: Scene, duties: readonly CompiledDuty[]): Outcome {
  const { request } = scene;
  const weighed = rulesAbout(scene).map((rule) => ({ rule, ...weigh(rule, scene) }));
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
  ...BUILT_IN,
  why: 'no-rule',
  rule: VAULT_WHYS['no-rule'],
};

type Weight = { readonly counts: boolean; readonly reason: VaultReason | null };

/** Whether the rule counts for this request; what cannot be worked out forbids, and never allows. */
function weigh(rule: CompiledVaultRule, scene: Scene): Weight {
  const { effect, name } = rule.rule;
  const forbids = effect === 'deny';
  const say = (counts: boolean, why: VaultWhy): Weight => {
    const outcome = counts ? (forbids ? 'denies' : 'allows') : 'does-not-allow';
    const said = why === 'counts' ? rule.rule.text : VAULT_WHYS[why];
    const named = { about: 'rule', policy: rule.policy, clause: name } as const;
    return { counts, reason: { ...named, outcome, why, rule: said } };
  };
  const barred = barredBy(rule, scene);
  // Rules of roles nobody asked about would drown what matters.
  if (barred === 'other-role' && rule.policy === null) return { counts: false, reason: null };
  if (barred !== null) return say(false, barred);
  const met = conditionOf(rule, scene);
  if (met === 'error') return say(forbids, 'condition-unclear');
  return met ? say(true, 'counts') : say(false, 'condition-unmet');
}

/** Why a rule is not for this caller and purpose; null when it is. */
function barredBy(rule: CompiledVaultRule, scene: Scene): 'other-role' | 'other-purpose' | null {
  const who = rule.who?.judge(scene.acting) ?? 'no';
  const meant =
    rule.rule.effect === 'deny'
      ? holds(rule, scene.held) || who !== 'no'
      : holds(rule, actingRoles(scene)) || (who === 'yes' && scene.request.roles === null);
  if (!meant) return 'other-role';
  const { purposes } = rule.rule;
  const { purpose } = scene.request;
  const isForIt = purposes.length === 0 || (purpose !== null && underAny(purpose, purposes));
  return isForIt ? null : 'other-purpose';
}

function conditionOf({ when }: CompiledVaultRule, scene: Scene): boolean | 'error' {
  if (when === null) return true;
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
