import { DESCRIPTION_MAX, NAME_MAX } from './bundlelimits.ts';
import { decisionId, planeId } from './names.ts';
import { count, id, list, name, nameLike, nullable } from './shape.ts';
import { oneOf, operatorText, record, time } from './shape.ts';

/** Tables of one vault, and columns of one table: what one fact holds. */
const VAULT_TABLES_MAX = 500;
const VAULT_COLUMNS_MAX = 500;
const VAULT_GROUPS_MAX = 20;
/** Rules one decision names: those that count come first, and the rest is counted. */
export const DECISION_RULES_MAX = 100;

/** Tags that a schema gives one column. */
const VAULT_CLASSES_MAX = 60;

/** A tag of the catalog: levels with dots between. */
const tag = () => nameLike(/^[A-Za-z0-9][\w-]{0,62}(?:\.[A-Za-z0-9][\w-]{0,62}){0,9}$/u, NAME_MAX);

/** Names in a vault, as Skyflow has them. */
const vaultName = () => nameLike(/^[a-z][a-z0-9_-]{0,62}$/u, 63);

const redaction = () => oneOf('PLAIN_TEXT', 'MASKED', 'REDACTED');
const rows = () => oneOf('every', 'some');

export const VAULT_FACTS = {
  /**
   * What a vault is made of: names and ids, for policies to be written against. The ids stay when names change, so what
   * a policy was bound to stays protected. An equal or lower version changes nothing.
   */
  'vault-schema': record({
    format: oneOf('privet-fact/v1'),
    plane: planeId(),
    number: count(Number.MAX_SAFE_INTEGER, 1),
    timeMs: time(),
    vault: id('vlt'),
    name: vaultName(),
    description: operatorText(DESCRIPTION_MAX),
    state: oneOf('present', 'removed'),
    version: count(Number.MAX_SAFE_INTEGER, 1),
    tables: list(
      record({
        id: id('tbl'),
        name: vaultName(),
        columns: list(
          record({
            id: id('col'),
            name: vaultName(),
            type: name(63),
            groups: list(name(NAME_MAX), VAULT_GROUPS_MAX),
            /** What DEFAULT means for the column. */
            redaction: redaction(),
          }),
          VAULT_COLUMNS_MAX,
        ),
      }),
      VAULT_TABLES_MAX,
    ),
  }),
  /**
   * What a vault's schema says of how sensitive its columns are, as tags: told behind the `vault-schema` of the same version. Columns
   * of which it says nothing are not in it.
   */
  'vault-classes': record({
    format: oneOf('privet-fact/v1'),
    plane: planeId(),
    number: count(Number.MAX_SAFE_INTEGER, 1),
    timeMs: time(),
    vault: id('vlt'),
    version: count(Number.MAX_SAFE_INTEGER, 1),
    columns: list(
      record({ table: id('tbl'), column: id('col'), tags: list(tag(), VAULT_CLASSES_MAX) }),
      VAULT_TABLES_MAX * VAULT_COLUMNS_MAX,
    ),
  }),
  /**
   * What was decided about one operation of somebody on one table of a vault, why, and what came of the requests that
   * hung on it since it was last told: equal decisions of a minute are one fact.
   */
  'vault-decision': record({
    format: oneOf('privet-fact/v1'),
    plane: planeId(),
    number: count(Number.MAX_SAFE_INTEGER, 1),
    /** The last of the requests; the first was at `sinceMs`. */
    timeMs: time(),
    sinceMs: time(),
    subject: id('sub'),
    door: oneOf('vault', 'gateway'),
    vault: id('vlt'),
    table: id('tbl'),
    operation: oneOf('read', 'insert', 'update', 'delete', 'tokenize', 'detokenize'),
    /** Null, too, when what the caller said is no purpose. */
    purpose: nullable(name(NAME_MAX)),
    ticket: oneOf(true, false),
    /** Whether the caller's assertion carried a context; never what it says. */
    context: oneOf(true, false),
    /** Name of the connection that values pass through. */
    connection: nullable(name(NAME_MAX)),
    bundleSerial: count(),
    decision: decisionId(),
    decided: oneOf('allow', 'deny'),
    /** What came of it: `deny` also where a row or column was refused, `failed` where the request went wrong elsewhere. */
    effect: oneOf('allow', 'deny', 'failed'),
    columns: list(
      record({
        column: id('col'),
        /** Whether some rows are denied whatever else says. */
        denied: oneOf(true, false),
        /** The most revealing first; none when nothing of the column may be had. */
        levels: list(record({ redaction: redaction(), rows: rows() }), 3),
      }),
      VAULT_COLUMNS_MAX,
    ),
    valuesPerHour: nullable(count()),
    considered: list(
      record({
        /** Null for a rule built into Privet. */
        policy: nullable(name(NAME_MAX)),
        clause: nullable(name(NAME_MAX)),
        outcome: oneOf('allows', 'does-not-allow', 'denies'),
        why: oneOf(
          'unknown-subject',
          'inactive-subject',
          'unknown-purpose',
          'no-policy',
          'purpose-required',
          'ticket-required',
          'no-rule',
          'other-role',
          'other-purpose',
          'condition-unclear',
          'condition-unmet',
          'counts',
        ),
      }),
      DECISION_RULES_MAX,
    ),
    /** Considered, and not named. */
    unnamed: count(),
    requests: count(),
    records: count(),
    values: count(),
    durationMicros: count(),
  }),
} as const;
