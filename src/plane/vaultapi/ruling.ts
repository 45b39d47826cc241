import { shownAs } from '#engines/policy';
import type {
  VaultDecision,
  VaultLiteral,
  VaultOperation,
  VaultRequest,
  VaultTableFacts,
  VaultValue,
} from '#engines/policy';
import { canonicalDatetime, canonicalTime, isDate } from '#plane/vault';
import type { Json } from '#base/canonical';
import type { Id } from '#base/ids';
import type {
  Budget,
  Redaction,
  Ruling,
  RulingOf,
  TableSchema,
  VaultCaller,
  VaultSchema,
} from '#plane/vault';
import type { QueryRulings } from '#plane/vaultquery';
import type { Decided } from './decisions/decisiondesk.ts';
import type { DecisionLog } from './decisions/decisionlog.ts';
import type { Guest } from './callers/guest.ts';

const HOUR_MS = 3_600_000;

/** What is decided for one caller and one vault, each question once a request. */
export type Rulings = {
  for(operation: VaultOperation): RulingOf;
  decide(operation: VaultOperation, table: TableSchema): VaultDecision;
  /** How many values of these tables the caller may be shown an hour; null for as many as it likes. */
  budget(operation: 'read' | 'detokenize', tables: readonly TableSchema[]): Budget | null;
  /** The right to read, as a query needs it. */
  readonly query: QueryRulings;
};

/** What of a guest a decision hangs on. */
export type Asker = Pick<Guest, 'access' | 'roles' | 'context' | 'purpose' | 'ticket'> & {
  readonly subject: Pick<Guest['subject'], 'id'>;
  /** The connection that values pass through. */
  readonly connection?: string;
};

/** `log` hears of each decision that something hangs on, not of those that are only looked at; null for who only looks. */
export function rulingsOf(
  guest: Asker,
  vault: VaultSchema,
  { nowMs, log }: { readonly nowMs: number; readonly log: DecisionLog | null },
): Rulings {
  const decisions = new Map<string, Decided>();
  const decided = (operation: VaultOperation, table: TableSchema): Decided => {
    const key = `${operation} ${table.id}`;
    const known = decisions.get(key);
    if (known !== undefined) return known;
    const { access, subject, roles, context, purpose, ticket, connection = null } = guest;
    const request: VaultRequest = {
      subject: subject.id,
      roles,
      operation,
      vault: vault.id,
      table: factsOf(table),
      context,
      purpose,
      ticket: ticket !== null,
      connection,
      nowMs,
    };
    const decision = access.decideVault(request);
    const { serial, purposes } = access.bundle;
    const isOne = purposes.some(({ name }) => name === purpose);
    // What the context says is the caller's own, and is kept no longer than it takes to decide.
    const kept = { ...request, context: context === null ? null : '' };
    const made = { request: kept, decision, bundleSerial: serial, purpose: isOne ? purpose : null };
    decisions.set(key, made);
    return made;
  };
  const decide: Rulings['decide'] = (operation, table) => decided(operation, table).decision;
  const budget: Rulings['budget'] = (operation, tables) => {
    const values = tables.flatMap(
      (table) => decide(operation, table).obligations.valuesPerHour ?? [],
    );
    return values.length === 0 ? null : { valuesMax: Math.min(...values), windowMs: HOUR_MS };
  };
  const ruling = (operation: VaultOperation, table: TableSchema): Ruling => {
    const asked = decided(operation, table);
    log?.asked(asked);
    const { decision } = asked;
    return { ...rulingOf(table, decision), came: (counts) => log?.came(decision.id, counts) };
  };
  return {
    decide,
    for: (operation) => (table) => ruling(operation, table),
    budget,
    query: {
      ruling: (table) => ruling('read', table),
      isReadable: (table) => decide('read', table).effect === 'allow',
      levels: (table, columnId) => levelsOf(decide('read', table), columnId),
      budget: (tables) => budget('read', tables),
    },
  };
}

/** Whether it is refused for want of a purpose or a ticket, whoever asks. */
export function awaitsReason({ effect, reasons }: VaultDecision): boolean {
  return effect === 'deny' && reasons.some(({ about }) => about === 'purpose');
}

/** Every level at which some row may show the column. */
function levelsOf({ columns }: VaultDecision, columnId: string): readonly Redaction[] {
  const allowed = columns.get(columnId)?.allowed ?? [];
  return [...new Set(allowed.map(({ redaction }) => redaction))];
}

function rulingOf(table: TableSchema, decision: VaultDecision): Ruling {
  const canonical = canonicalOf(table);
  const large = new Set(table.columns.filter(({ type }) => type === 'int64').map(({ id }) => id));
  // Beyond 2^53 they come as text, and would be compared as texts.
  const whole = (columnId: string, value: VaultValue): VaultValue =>
    typeof value === 'string' && large.has(columnId as Id<'col'>) ? BigInt(value) : value;
  const { id, effect, reads, columns } = decision;
  return {
    id,
    effect,
    reads,
    shows: (columnId, valueOf) => {
      const column = columns.get(columnId);
      if (column === undefined) return null;
      return shownAs(column, {
        valueOf: (one) => canonical(one, whole(one, comparable(valueOf(one)))),
        literalOf: (one, literal) => canonical(one, literal),
      });
    },
  };
}

/** What a condition can look at; lists and objects are there, and nothing it could compare. */
function comparable(value: Json | undefined): VaultValue {
  return typeof value === 'object' && value !== null ? undefined : value;
}

/** Moments are written in more than one way; comparing them as texts would compare the writing. */
function canonicalOf(table: TableSchema) {
  const types = new Map(table.columns.map(({ id, type }) => [id as string, type]));
  return <V extends VaultValue | VaultLiteral>(columnId: string, value: V) => {
    const type = types.get(columnId);
    if (value === null || (type !== 'datetime' && type !== 'time')) return value;
    if (typeof value !== 'string') return undefined;
    return (type === 'time' ? canonicalTime(value) : momentOf(value)) ?? undefined;
  };
}

/** A day stands for its first moment in UTC. */
function momentOf(text: string): string | null {
  return canonicalDatetime(isDate(text) ? `${text}T00:00:00Z` : text);
}

const facts = new WeakMap<TableSchema, VaultTableFacts>();

/** The table as policies see it. */
export function factsOf(table: TableSchema): VaultTableFacts {
  const known = facts.get(table);
  if (known !== undefined) return known;
  const { id, name, columns } = table;
  const made = {
    id,
    name,
    columns: columns.map((column) => ({
      id: column.id,
      name: column.name,
      groups: column.tokens.map(({ group }) => group),
      redaction: column.redaction,
    })),
  };
  facts.set(table, made);
  return made;
}

/** How the vault writes the caller into the ledger. */
export function callerOf(
  guest: Pick<Asker, 'subject' | 'purpose' | 'ticket'>,
  requestId: string,
): VaultCaller {
  const { subject, purpose, ticket } = guest;
  const said = [purpose, ticket === null ? null : `ticket:${ticket}`].filter((one) => one !== null);
  return {
    actor: { kind: 'subject', id: subject.id },
    session: requestId,
    purpose: said.length === 0 ? null : said.join(' '),
  };
}
