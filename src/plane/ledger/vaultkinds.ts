import { nameForms, NAME_MAX, shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, id, idLike, list, name, nullable, oneOf, record, sha256Hex, time } = shapes;

/** Changed records that one leaf names; more take several leaves. */
export const VAULT_CHANGES_MAX = 400;
/** Columns that one leaf names. */
const COLUMNS_MAX = 300;
const vault = () => id('vlt');
const table = () => id('tbl');
const session = () => nullable(idLike(/^[A-Za-z0-9_-]{1,64}$/u));
const purpose = () => nullable(name(NAME_MAX));
/** Keyed digest of a record's id or a token: the same one can be recognised, which one it is cannot be told. */
const keyedDigest = () => sha256Hex();
const request = { ...head, session: session(), purpose: purpose(), vault: vault() };

/** Leaves of plane/vault: who wrote, saw or destroyed how much of what; never a value, a token or a record's id. */
export const vaultKinds = {
  'vault-schema': record({
    ...request,
    change: oneOf('created', 'changed', 'archived'),
    version: count(),
    /** SHA-256 of the canonical JSON of the schema. */
    digest: sha256Hex(),
  }),
  'vault-written': record({
    ...request,
    table: table(),
    decision: nameForms.decisionId(),
    operation: oneOf('insert', 'update', 'delete', 'upload'),
    records: count(),
    tokens: count(),
    /** Records that were there before, with the version they have now, 0 for gone: what cannot be put back unnoticed. */
    changed: list(record({ record: keyedDigest(), version: count() }), VAULT_CHANGES_MAX),
  }),
  'vault-revealed': record({
    ...request,
    table: table(),
    decision: nameForms.decisionId(),
    operation: oneOf('get', 'detokenize', 'download', 'query'),
    records: count(),
    /** How many values of each column were shown at which level. */
    columns: list(
      record({
        column: id('col'),
        redaction: oneOf('PLAIN_TEXT', 'MASKED', 'REDACTED'),
        values: count(),
      }),
      COLUMNS_MAX * 3,
    ),
  }),
  /** A canary was touched, or what lies in the database is not what was written. */
  'vault-alarm': record({
    ...request,
    table: nullable(table()),
    reason: oneOf('canary', 'corrupt', 'over-budget'),
    record: nullable(keyedDigest()),
  }),
  'vault-forgotten': record({
    ...request,
    /** Keyed digest of what names the person. */
    subject: keyedDigest(),
    records: count(),
    tokens: count(),
    files: count(),
    keyDestroyedAtMs: time(),
  }),
  /** Every record of a vault left it, sealed for somebody: told before the first part and behind the last. */
  'vault-exported': record({
    ...request,
    stage: oneOf('began', 'done'),
    /** SHA-256 of the public key it was sealed for. */
    recipient: sha256Hex(),
    records: count(),
    tokens: count(),
    /** SHA-256 of the manifest. */
    manifest: nullable(sha256Hex()),
  }),
  /** The parts of an export are asked for, from that number on: told before the first of them leaves. */
  'vault-export-read': record({ ...request, export: id('exp'), part: count() }),
  /** Nothing more of an export is given, and its key is gone. */
  'vault-export-ended': record({
    ...request,
    export: id('exp'),
    reason: oneOf('asked', 'expired'),
    parts: count(),
  }),
  'vault-imported': record({
    ...request,
    manifest: sha256Hex(),
    records: count(),
    tokens: count(),
    /** Records of people who were forgotten where they come from. */
    leftOut: count(),
  }),
  /** What was brought in is gone with its keys; `vault` is null when the import had not begun. */
  'vault-import-abandoned': record({
    ...request,
    vault: nullable(vault()),
    import: id('imp'),
    reason: oneOf('asked', 'expired'),
    records: count(),
    tokens: count(),
  }),
} as const;
