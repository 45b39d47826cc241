import { shownAs } from '#engines/policy';
import type { VaultDecision, VaultOperation, VaultTableFacts, VaultValue } from '#engines/policy';
import type { Json } from '#base/canonical';
import type { Budget, Ruling, RulingOf, TableSchema, VaultCaller, VaultSchema } from '#plane/vault';
import type { Guest } from './guest.ts';

const HOUR_MS = 3_600_000;

/** What is decided for one caller and one vault, each question once a request. */
export type Rulings = {
  for(operation: VaultOperation): RulingOf;
  decide(operation: VaultOperation, table: TableSchema): VaultDecision;
  /** How many values of these tables the caller may be shown an hour; null for as many as it likes. */
  budget(operation: 'read' | 'detokenize', tables: readonly TableSchema[]): Budget | null;
};

export function rulingsOf(guest: Guest, vault: VaultSchema, nowMs: number): Rulings {
  const decisions = new Map<string, VaultDecision>();
  const decide = (operation: VaultOperation, table: TableSchema): VaultDecision => {
    const key = `${operation} ${table.id}`;
    const known = decisions.get(key);
    if (known !== undefined) return known;
    const { access, subject, roles, context, purpose, ticket } = guest;
    const decision = access.decideVault({
      subject: subject.id,
      roles,
      operation,
      vault: vault.id,
      table: factsOf(table),
      context,
      purpose,
      ticket: ticket !== null,
      nowMs,
    });
    decisions.set(key, decision);
    return decision;
  };
  return {
    decide,
    for: (operation) => (table) => rulingOf(decide(operation, table)),
    budget(operation, tables) {
      const values = tables.flatMap(
        (table) => decide(operation, table).obligations.valuesPerHour ?? [],
      );
      return values.length === 0 ? null : { valuesMax: Math.min(...values), windowMs: HOUR_MS };
    },
  };
}

function rulingOf(decision: VaultDecision): Ruling {
  const { id, effect, reads, columns } = decision;
  return {
    id,
    effect,
    reads,
    shows: (columnId, valueOf) => {
      const column = columns.get(columnId);
      return column === undefined ? null : shownAs(column, (one) => comparable(valueOf(one)));
    },
  };
}

/** What a condition can look at; lists and objects are there, and nothing it could compare. */
function comparable(value: Json | undefined): VaultValue {
  return typeof value === 'object' && value !== null ? undefined : value;
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
export function callerOf(guest: Guest, requestId: string): VaultCaller {
  const { subject, purpose, ticket } = guest;
  const said = [purpose, ticket === null ? null : `ticket:${ticket}`].filter((one) => one !== null);
  return {
    actor: { kind: 'subject', id: subject.id },
    session: requestId,
    purpose: said.length === 0 ? null : said.join(' '),
  };
}
