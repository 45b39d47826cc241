import { NAME_BYTES_MAX } from '#base/limits';
import { COLUMNS_MAX, DESCRIPTION_MAX, NAME_MAX, TYPE_MAX } from './bundlelimits.ts';
import { check } from './check.ts';
import { decisionId, fingerprint, planeId } from './names.ts';
import { OBSERVE_FACTS } from './observefact.ts';
import { VAULT_FACTS } from './vaultfact.ts';
import {
  count,
  id,
  list,
  name,
  nullable,
  oneOf,
  operatorText,
  record,
  sha256Hex,
  time,
  union,
} from './shape.ts';
import type { ValueOf } from './shape.ts';

export const FACT_FORMAT = 'privet-fact/v1';
/** Facts in one request; with FACT_BYTES_MAX it bounds what control must hold at once. */
export const FACTS_PER_REQUEST_MAX = 500;
/** One fact as canonical JSON; a dictionary is cut into parts that fit. */
export const FACT_BYTES_MAX = 1024 * 1024;
/** Relations one dictionary part holds. */
export const DICTIONARY_PART_RELATIONS_MAX = 200;
/** Parts of one dictionary: with the above, far more relations than SOURCES_MAX allows. */
const DICTIONARY_PARTS_MAX = 5_000;
/** Relations one statement reads. */
export const DECISION_SOURCES_MAX = 200;

/** What every fact says about itself; `number` rises by one per plane, from 1, in the order facts were stored. */
const head = {
  format: oneOf(FACT_FORMAT),
  plane: planeId(),
  number: count(Number.MAX_SAFE_INTEGER, 1),
  timeMs: time(),
};

const sqlName = () => name(NAME_BYTES_MAX);

const dictionaryRelationShape = record({
  schema: sqlName(),
  name: sqlName(),
  relation: oneOf('table', 'partitioned', 'view', 'materialized-view', 'foreign-table'),
  description: operatorText(DESCRIPTION_MAX),
  /** Partitioned parent or inheritance parents, as `schema.name`. */
  parents: list(name(NAME_MAX), 100),
  primaryKey: list(sqlName(), 32),
  foreignKeys: list(
    record({
      columns: list(sqlName(), 32),
      schema: sqlName(),
      name: sqlName(),
      references: list(sqlName(), 32),
    }),
    500,
  ),
  columns: list(
    record({
      name: sqlName(),
      type: name(TYPE_MAX),
      notNull: oneOf(true, false),
      description: operatorText(DESCRIPTION_MAX),
    }),
    COLUMNS_MAX,
  ),
});
export type DictionaryRelation = ValueOf<typeof dictionaryRelationShape>;

/** One part of what a source system holds; control swaps it in when all parts of one digest have come. */
const dictionary = record({
  ...head,
  system: record({ id: id('sys'), name: sqlName() }),
  state: oneOf('present', 'removed'),
  registeredBy: id('sub'),
  registeredAtMs: time(),
  /** Rises with every change of this system's dictionary; an equal or lower one changes nothing. */
  version: count(Number.MAX_SAFE_INTEGER, 1),
  mode: oneOf('splice', 'hardened'),
  engine: oneOf('postgresql'),
  /** `server_version_num`, such as 150004. */
  serverVersion: count(10_000_000),
  digest: sha256Hex(),
  part: count(DICTIONARY_PARTS_MAX, 1),
  parts: count(DICTIONARY_PARTS_MAX, 1),
  relations: list(dictionaryRelationShape, DICTIONARY_PART_RELATIONS_MAX),
});

/** One statement that read governed sources: who, which columns how, how many rows, how long. Never its text. */
const decision = record({
  ...head,
  subject: id('sub'),
  project: nullable(id('prj')),
  purpose: nullable(name(NAME_MAX)),
  door: oneOf('gateway', 'api'),
  mode: oneOf('splice', 'hardened'),
  effect: oneOf('allow', 'deny', 'refused', 'failed'),
  bundleSerial: count(),
  sources: list(
    record({
      source: id('src'),
      decision: decisionId(),
      effect: oneOf('allow', 'deny'),
      filtered: oneOf(true, false),
      columns: list(
        record({ name: sqlName(), show: oneOf('clear', 'hidden', 'mask') }),
        COLUMNS_MAX,
      ),
    }),
    DECISION_SOURCES_MAX,
  ),
  rows: count(),
  durationMicros: count(),
  fingerprint: nullable(fingerprint()),
});

const login = record({
  ...head,
  door: oneOf('gateway', 'api'),
  outcome: oneOf('accepted', 'refused'),
  method: oneOf('scram', 'scram-plus', 'token', 'identity-token', 'none'),
  /** Null when what was typed names nobody: it may be a password in the wrong place. */
  subject: nullable(id('sub')),
  reason: oneOf(
    'ok',
    'unknown',
    'bad-credential',
    'locked',
    'disabled',
    'rate-limited',
    'expired',
    'stale-bundle',
    'protocol',
  ),
});

const health = record({
  ...head,
  component: oneOf('gateway', 'ledger', 'keys', 'border', 'source', 'api', 'database'),
  /** The source system for component `source`, else null. */
  system: nullable(id('sys')),
  state: oneOf('ok', 'degraded', 'down'),
  code: oneOf(
    'ok',
    'unreachable',
    'bad-password',
    'tls-failure',
    'missing-database',
    'missing-privilege',
    'no-tables',
    'server-too-old',
    'server-too-new',
    'over-privileged',
    'stale',
    'full',
    'failed',
  ),
});

const heartbeat = record({
  ...head,
  bundleSerial: count(),
  bundleState: oneOf('none', 'fresh', 'stale'),
  /** Highest act number in the ledger; control need not send acts up to it again. */
  actsThrough: count(),
  ledger: record({ size: count(), chain: sha256Hex() }),
  outbox: record({ waiting: count(), oldestMs: nullable(time()) }),
  connections: count(1_000_000),
});

export const factShape = union({
  dictionary,
  decision,
  login,
  health,
  heartbeat,
  ...OBSERVE_FACTS,
  ...VAULT_FACTS,
});
export type Fact = ValueOf<typeof factShape>;
export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;
/** What the collector tells; control's observatory takes it. */
export type ObserveFact = FactOf<keyof typeof OBSERVE_FACTS & FactKind>;

export function isObserveFact(fact: Fact): fact is ObserveFact {
  return Object.hasOwn(OBSERVE_FACTS, fact.kind);
}

/** A fact before the outbox gives it its place. */
export type FactBody<K extends FactKind = FactKind> = K extends FactKind
  ? Omit<FactOf<K>, 'format' | 'plane' | 'number'>
  : never;

/** What goes up in one request: facts in rising order of `number`. */
export const factsShape = record({ facts: list(factShape, FACTS_PER_REQUEST_MAX) });
export type Facts = ValueOf<typeof factsShape>;

/** What control answers: facts up to this number are stored, and acts wanted from here. */
export const factsReceiptShape = record({ acceptedThrough: count() });
export type FactsReceipt = ValueOf<typeof factsReceiptShape>;

/** The fact, typed; throws `invalid` naming the field when it is not one within all limits. */
export function checkFact(value: unknown): Fact {
  return check(factShape, value, 'fact');
}

/** The facts of one request; throws `invalid` as `checkFact` does. */
export function checkFacts(value: unknown): Facts {
  return check(factsShape, value, 'body');
}

export function checkFactsReceipt(value: unknown): FactsReceipt {
  return check(factsReceiptShape, value, 'receipt');
}
