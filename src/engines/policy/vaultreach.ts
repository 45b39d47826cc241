import type { VaultStanding } from './decidevault.ts';
import { byRevealing } from './vaultdecision.ts';
import type { VaultOperation, VaultRedaction } from './vaultdocument.ts';
import type { VaultColumnFacts, VaultTableFacts } from './vaultfacts.ts';
import { columnsRead, withColumns } from './vaultpredicate.ts';
import type { VaultPredicate } from './vaultpredicate.ts';
import { rowWords } from './vaultsentence.ts';
import { isAbout } from './vaultview.ts';
import type { Direction } from './visibility.ts';

/** Cases a text names; a column with more is read in the policies themselves. */
const CASES_MAX = 6;
/** Operations that show values, for which it counts how much of them. */
const REVEALS: ReadonlySet<VaultOperation> = new Set(['read', 'detokenize']);

/** When a rule counts: for which rows, and under which condition on the context. Null: always. */
type Terms = { readonly where: VaultPredicate | null; readonly when: string | null };
type Allowed = Terms & { readonly redaction: VaultRedaction };

/** How far somebody gets with a column, whatever context they will say: the rules themselves, without those that others make idle. */
export type VaultReach = {
  readonly allowed: readonly Allowed[];
  readonly denied: readonly Terms[];
  readonly valuesPerHour: number | null;
  readonly ticket: boolean;
};

/** The reach of a column; null where nothing may be had of it. */
export function reachOf(
  standing: VaultStanding | null,
  column: VaultColumnFacts,
  { table, operation }: { readonly table: VaultTableFacts; readonly operation: VaultOperation },
): VaultReach | null {
  if (standing === null) return null;
  const about = standing.rules.filter((rule) => isAbout(rule, table, column));
  const terms = about.map(({ where, rule }) => {
    const redaction = REVEALS.has(operation) ? (rule.redaction ?? column.redaction) : 'PLAIN_TEXT';
    return { effect: rule.effect, redaction, where, when: rule.when } as const;
  });
  const denied = distinct(
    terms.filter(({ effect }) => effect === 'deny').map(({ where, when }) => ({ where, when })),
  );
  const open = terms
    .filter(({ effect }) => effect === 'allow')
    .map(({ redaction, where, when }) => ({ redaction, where, when }));
  const allowed = distinct(open.filter((one) => !denied.some((no) => isWithin(one, no))));
  if (allowed.length === 0) return null;
  const budgets = standing.duties.flatMap(({ duty }) => duty.valuesPerHour ?? []);
  return {
    allowed: allowed
      .filter((one) => !allowed.some((other) => other !== one && isCovered(one, other)))
      .toSorted((left, right) => byRevealing(left.redaction, right.redaction)),
    denied: denied.filter((one) => !denied.some((other) => other !== one && isWithin(one, other))),
    valuesPerHour: budgets.length === 0 ? null : Math.min(...budgets),
    ticket: standing.duties.some(({ duty }) => duty.ticket),
  };
}

function distinct<T extends Terms>(terms: readonly T[]): readonly T[] {
  return [...new Map(terms.map((one) => [JSON.stringify(one), one])).values()];
}

/** Whether the first counts only where the second does, as far as their texts tell. */
function isWithin(one: Terms, other: Terms): boolean {
  const isSame = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);
  return (
    (other.where === null || isSame(one.where, other.where)) &&
    (other.when === null || one.when === other.when)
  );
}

/** Whether the second shows at least as much wherever the first shows something. */
function isCovered(one: Allowed, other: Allowed): boolean {
  return isWithin(one, other) && byRevealing(other.redaction, one.redaction) <= 0;
}

/** What comes of one reach giving way to another; null when they are the same. Where it cannot be told, they differ. */
export function changeOf(before: VaultReach | null, after: VaultReach | null): Direction | null {
  const [more, less] = [reaches(after, before), reaches(before, after)];
  if (more && less) return null;
  if (more) return 'gains';
  return less ? 'loses' : 'differs';
}

/** Whether the first gets at least as far as the second, in every row and under every context. */
function reaches(far: VaultReach | null, near: VaultReach | null): boolean {
  if (near === null) return true;
  if (far === null) return false;
  const budget = (one: VaultReach) => one.valuesPerHour ?? Number.POSITIVE_INFINITY;
  return (
    near.allowed.every((one) => far.allowed.some((other) => isCovered(one, other))) &&
    far.denied.every((no) => near.denied.some((other) => isWithin(no, other))) &&
    budget(far) >= budget(near) &&
    (!far.ticket || near.ticket)
  );
}

/** The most that some row shows, under some context. */
export function mostOf({ allowed }: VaultReach): VaultRedaction {
  return allowed[0]?.redaction ?? 'REDACTED';
}

/** A reach in words, columns by the names they have now. */
export function reachWords(
  reach: VaultReach | null,
  table: VaultTableFacts,
  operation: VaultOperation,
): string {
  if (reach === null) return 'no';
  const { allowed, denied, valuesPerHour, ticket } = reach;
  const level = (one: Allowed) => (REVEALS.has(operation) ? one.redaction : 'yes');
  return [
    some(
      allowed.map((one) => `${level(one)}${termWords(one, table)}`),
      ', else ',
    ),
    ...(denied.length === 0
      ? []
      : [
          some(
            denied.map((one) => `never${termWords(one, table)}`),
            ', ',
          ),
        ]),
    ...(valuesPerHour === null ? [] : [`at most ${valuesPerHour} values an hour`]),
    ...(ticket ? ['with a ticket'] : []),
  ].join('; ');
}

function some(words: readonly string[], between: string): string {
  const more = words.length - CASES_MAX;
  const named = words.slice(0, CASES_MAX).join(between);
  return more > 0 ? `${named} and ${more} more` : named;
}

function termWords({ where, when }: Terms, table: VaultTableFacts): string {
  const rows = where === null ? '' : ` where ${whereWords(where, table)}`;
  return `${rows}${when === null ? '' : ` when \`${when}\``}`;
}

/** The condition by the names columns have now. */
export function whereWords(where: VaultPredicate, table: VaultTableFacts): string {
  const names = new Map(table.columns.map((column) => [column.id, column.name]));
  const known = columnsRead(where).every((id) => names.has(id));
  return rowWords((known ? withColumns(where, (id) => names.get(id) ?? null) : null) ?? where);
}
