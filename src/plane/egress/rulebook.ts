import type { Clock } from '#base/clock';
import { newId } from '#base/ids';
import type { Id } from '#base/ids';
import { Problem } from '#base/problem';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Pool, Transaction } from '#platform/db';
import type { Ledger, LeafBody } from '#plane/ledger';
import { RULES_MAX } from './limits.ts';
import { checkRule } from './rule.ts';
import type { Rule, RuleSpec, Target } from './rule.ts';

const OF_TARGET = statement(import.meta.url, 'sql/rules-of-target.sql');
const LIST = statement(import.meta.url, 'sql/list-rules.sql');
const INSERT = statement(import.meta.url, 'sql/insert-rule.sql');
const DELETE = statement(import.meta.url, 'sql/delete-rule.sql');
const KEEP = statement(import.meta.url, 'sql/keep-rule.sql');
const DELETE_OF_SYSTEM = statement(import.meta.url, 'sql/delete-system-rules.sql');
const PRUNE = statement(import.meta.url, 'sql/prune-rules.sql');
const LIVE = statement(import.meta.url, 'sql/live-rules.sql');

/** The person, or the plane itself, on whose behalf a rule changes. */
export type Actor =
  | { readonly kind: 'subject'; readonly id: Id<'sub'> }
  | { readonly kind: 'plane' };

/** A rule with who put it there and when; null for those of the settings file. */
export type KeptRule = Rule & {
  readonly systemId: string | null;
  readonly addedBy: string | null;
  readonly addedAtMs: number | null;
};

/** Rules of people and systems in the plane's database, and those of the settings file, which only that file changes. */
export type RuleBook = {
  list(): Promise<readonly KeptRule[]>;
  /** Writes down the rules of the settings file, a leaf each: so that the ledger alone says what every connection was let out by. */
  tellConfigured(): Promise<void>;
  /** Those that could fit a target. */
  about(target: Target): Promise<readonly Rule[]>;
  /** Which of these are still in force. */
  live(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Opens a way; throws `invalid` or `limit`. */
  add(spec: RuleSpec, by: Actor): Promise<Rule>;
  /** Closes a way; throws `not-found`, or `conflict` for a rule of the settings file. */
  remove(id: string, by: Actor): Promise<void>;
  /** A way for a source system that somebody wants to reach: it ends by itself unless it is kept. */
  lend(place: Pick<RuleSpec, 'host' | 'port'>, by: Actor): Promise<Rule>;
  /** Gives a lent way to a registered system, in the caller's transaction, in place of those it had. */
  keep(tx: Transaction, kept: { rule: Rule; systemId: string }, by: Actor): Promise<void>;
  /** Closes the ways of a system that is forgotten, in the caller's transaction. */
  drop(tx: Transaction, systemId: string, by: Actor): Promise<void>;
};

export type RuleBookSettings = {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, 'append' | 'appendAll'>;
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  /** Rules of the settings file, by what they are for: `control`, `key-service`, `rule-1`. */
  readonly configured: Readonly<Record<string, RuleSpec>>;
};

/** How source systems are reached: the dictionary, the statements of people, monitors. */
export const SOURCES = { workload: 'sources', purpose: 'source' } as const;
/** Longer than a survey of the largest database takes. */
const LENT_MS = 10 * 60 * 1000;
/** Source systems lie in the company's own networks; metadata services and link-local addresses need a rule of a person. */
const SOURCE_NETWORKS = ['private', 'loopback'] as const;

/** Opens the book; throws `invalid` for a rule of the settings file that is none. */
export function openRuleBook(settings: RuleBookSettings): RuleBook {
  const { pool, clock } = settings;
  const configured = Object.entries(settings.configured).map(([name, spec]): KeptRule => {
    const kept = { systemId: null, addedBy: null, addedAtMs: null };
    return { ...checkRule(spec), ...kept, id: `setting-${name}`, origin: 'settings' };
  });

  return {
    async list() {
      const { rows } = await pool.query<Row>(LIST).catch(asProblem);
      return [...configured, ...rows.map(ruleFrom)];
    },
    tellConfigured: () =>
      transaction(pool, async (tx) => {
        const leaves = configured.map((rule) => added(rule, { kind: 'plane' }));
        if (leaves.length > 0) await settings.ledger.appendAll(tx, leaves);
      }),
    async about({ workload, port }) {
      const { rows } = await pool.query<Row>(OF_TARGET, [workload, port]).catch(asProblem);
      return [...configured.filter((rule) => rule.workload === workload), ...rows.map(ruleFrom)];
    },
    async live(ids) {
      const { rows } = await pool.query<{ id: string }>(LIVE, [ids, clock()]).catch(asProblem);
      const kept = configured.filter(({ expiresAtMs }) => (expiresAtMs ?? Infinity) > clock());
      return new Set([...kept, ...rows].map((rule) => rule.id));
    },
    add: (spec, by) =>
      transaction(pool, (tx) => insert(settings, { tx, by, origin: 'person' }, spec)),
    async remove(id, by) {
      if (configured.some((rule) => rule.id === id)) {
        throw new Problem('conflict', `rule \`${id}\` is one of the settings`, {
          hint: 'change it in privet.yaml and start the plane again',
        });
      }
      await transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(DELETE, [id]);
        if (rowCount === 0) throw new Problem('not-found', 'no egress rule has this id');
        await settings.ledger.append(tx, removed(id, by));
      });
    },
    lend: (place, by) =>
      transaction(pool, (tx) => {
        const expiresAtMs = clock() + LENT_MS;
        const spec = { ...place, ...SOURCES, networks: SOURCE_NETWORKS, expiresAtMs };
        return insert(settings, { tx, by, origin: 'system' }, spec);
      }),
    async keep(tx, { rule, systemId }, by) {
      await tx.query(KEEP, [rule.id, systemId]);
      await settings.ledger.append(tx, added({ ...rule, expiresAtMs: null }, by));
      await dropOthers(settings, { tx, by }, { systemId, but: rule.id });
    },
    drop: (tx, systemId, by) => dropOthers(settings, { tx, by }, { systemId, but: null }),
  };
}

type Change = {
  readonly tx: Transaction;
  readonly by: Actor;
  readonly origin: 'person' | 'system';
};

async function insert(settings: RuleBookSettings, change: Change, spec: RuleSpec): Promise<Rule> {
  const { clock, random } = settings;
  const { tx, by, origin } = change;
  const nowMs = clock();
  const rule: Rule = { ...checkRule(spec), origin, id: newId('egr', { nowMs, random }) };
  if (rule.expiresAtMs !== null && rule.expiresAtMs <= nowMs) {
    throw new Problem('invalid', 'egress rule expected an end in the future');
  }
  await tx.query(PRUNE, [nowMs]);
  const { id, workload, host, port, purpose, networks, expiresAtMs } = rule;
  const addedBy = by.kind === 'subject' ? by.id : null;
  const row = [id, origin, workload, host, port, purpose, networks, expiresAtMs, addedBy, nowMs];
  const { rowCount } = await tx.query(INSERT, [...row, RULES_MAX]);
  if (rowCount === 0) throw new Problem('limit', `expected at most ${RULES_MAX} egress rules`);
  await settings.ledger.append(tx, added(rule, by));
  return rule;
}

async function dropOthers(
  settings: RuleBookSettings,
  { tx, by }: Omit<Change, 'origin'>,
  of: { readonly systemId: string; readonly but: string | null },
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(DELETE_OF_SYSTEM, [of.systemId, of.but]);
  for (const { id } of rows) await settings.ledger.append(tx, removed(id, by));
}

function added(rule: Rule, actor: Actor): LeafBody<'egress-rule-added'> {
  const { id, origin, workload, host, port, purpose, networks, expiresAtMs } = rule;
  const spec = { workload, host, port, purpose, networks, expiresAtMs };
  return { kind: 'egress-rule-added', actor, rule: id, origin, ...spec };
}

function removed(rule: string, actor: Actor): LeafBody<'egress-rule-removed'> {
  return { kind: 'egress-rule-removed', actor, rule };
}

type Row = {
  readonly id: string;
  readonly origin: 'person' | 'system';
  readonly system_id: string | null;
  readonly workload: string;
  readonly host: string;
  readonly port: number;
  readonly purpose: string;
  readonly networks: readonly string[];
  readonly expires_at_ms: string | null;
  readonly added_by: string | null;
  readonly added_at_ms: string;
};

function ruleFrom(row: Row): KeptRule {
  const { id, origin, workload, host, port, purpose, networks } = row;
  return {
    id,
    origin,
    workload,
    host,
    port,
    purpose,
    networks,
    expiresAtMs: row.expires_at_ms === null ? null : Number(row.expires_at_ms),
    systemId: row.system_id,
    addedBy: row.added_by,
    addedAtMs: Number(row.added_at_ms),
  };
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
