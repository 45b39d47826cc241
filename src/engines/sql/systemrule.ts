import { FIRST_NORMAL_OID } from './visible.ts';
import type { Visible } from './visible.ts';

/** How a system catalog is shown to a subject under policy. In the texts `k` is the catalog. */
export type SystemRule = {
  /** Rows shown; null for none at all. */
  readonly where: ((v: Visible) => string) | null;
  /** Columns shown otherwise than they are. */
  readonly columns: Readonly<Record<string, string | ((v: Visible) => string)>>;
  /** Whether the rule holds for a subject to whom everything is open, too. */
  readonly always: boolean;
};

const INITIAL = FIRST_NORMAL_OID;
const NO_TREE = 'NULL::pg_catalog.pg_node_tree';
const NO_ACL = 'NULL::pg_catalog.aclitem[]';
const NO_TEXT = 'NULL::pg_catalog.text';
const NO_XID = `'0'::pg_catalog.xid`;

const initial = (column = 'oid') => `k.${column}::pg_catalog.oid < ${INITIAL}`;
const ofRelation = (column: string) => (v: Visible) =>
  `(k.${column} < ${INITIAL} OR k.${column} = ANY (${v.relations}))`;
const inSchema = (column: string) => (v: Visible) =>
  `k.${column} IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (${v.schemas}))`;

/** Whether a column number of a relation is hidden; a list of them with `unnest`. */
const hides = (v: Visible, relation: string, attnum: string) =>
  `(${relation}::pg_catalog.text || '.' || ${attnum}::pg_catalog.text) = ANY (${v.hidden})`;
const hidesAny = (v: Visible, relation: string, attnums: string) =>
  `EXISTS (SELECT FROM pg_catalog.unnest(${attnums}) AS x(n) WHERE ${hides(v, relation, 'x.n')})`;

/** An index is named after what it covers, so one that touches hidden columns or has literals in it is not shown. */
const shownIndex = (v: Visible, i: string) =>
  `(${i}.indrelid < ${INITIAL} OR (${i}.indrelid = ANY (${v.relations}) AND (${i}.indrelid <> ALL (${v.guarded})` +
  ` OR (${i}.indexprs IS NULL AND ${i}.indpred IS NULL AND NOT ${hidesAny(v, `${i}.indrelid`, `${i}.indkey`)}))))`;
const indexOids = (v: Visible) =>
  `(SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE ${shownIndex(v, 'i')})`;

const shownConstraint = (v: Visible) =>
  `(k.conrelid <> 0 AND (k.conrelid < ${INITIAL} OR (k.conrelid = ANY (${v.relations})` +
  ` AND (k.confrelid = 0 OR k.confrelid = ANY (${v.relations}))` +
  ` AND (k.conrelid <> ALL (${v.guarded}) OR k.contype NOT IN ('c', 'x', 't'))` +
  ` AND NOT ${hidesAny(v, 'k.conrelid', 'k.conkey')} AND NOT ${hidesAny(v, 'k.confrelid', 'k.confkey')})))`;

/** Types of the source whose schema is visible, row types of visible relations, and arrays of either. */
const shownType = (v: Visible) => {
  const own = (t: string) =>
    `(${t}.oid < ${INITIAL} OR ${t}.typrelid = ANY (${v.relations}) OR (${t}.typrelid = 0 AND ${t}.typelem = 0` +
    ` AND ${t}.typnamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (${v.schemas}))))`;
  return `(${own('k')} OR k.typelem IN (SELECT e.oid FROM pg_catalog.pg_type e WHERE ${own('e')}))`;
};

/** `schema.name` pairs of views such as pg_tables. */
const named = (column: string) => (v: Visible) =>
  `(k.schemaname IN ('pg_catalog', 'information_schema')` +
  ` OR (k.schemaname::pg_catalog.text || '.' || k.${column}::pg_catalog.text) = ANY (${v.names}))`;

function rule(
  where: SystemRule['where'] | string,
  columns: SystemRule['columns'] = {},
  always = false,
): SystemRule {
  return { where: typeof where === 'string' ? () => where : where, columns, always };
}

const RULES: ReadonlyMap<string, SystemRule> = new Map([
  [
    'pg_class',
    rule(
      (v) =>
        `(k.oid < ${INITIAL} OR k.oid = ANY (${v.relations}) OR (k.relkind IN ('i', 'I') AND k.oid IN ${indexOids(v)}))`,
      {
        reltuples: `'-1'::pg_catalog.float4`,
        relpages: '0',
        relnatts: (v) =>
          `(k.relnatts - (SELECT pg_catalog.count(*) FROM pg_catalog.unnest(${v.hidden}) AS x(n)` +
          ` WHERE pg_catalog.split_part(x.n, '.', 1) = k.oid::pg_catalog.text))::pg_catalog.int2`,
        relallvisible: '0',
        relallfrozen: '0',
        relfilenode: `'0'::pg_catalog.oid`,
        reltoastrelid: `'0'::pg_catalog.oid`,
        relhastriggers: 'false',
        relhasrules: `(k.relkind = 'v')`,
        relrowsecurity: 'false',
        relforcerowsecurity: 'false',
        relchecks: `'0'::pg_catalog.int2`,
        relfrozenxid: NO_XID,
        relminmxid: NO_XID,
        relacl: NO_ACL,
        relpartbound: NO_TREE,
      },
    ),
  ],
  [
    'pg_attribute',
    rule(
      (v) =>
        `((${ofRelation('attrelid')(v)} OR k.attrelid IN ${indexOids(v)}) AND NOT ${hides(v, 'k.attrelid', 'k.attnum')})`,
      {
        attmissingval: 'CASE WHEN false THEN k.attmissingval END',
        atthasmissing: 'false',
        attacl: NO_ACL,
        attfdwoptions: 'NULL::pg_catalog.text[]',
      },
    ),
  ],
  [
    'pg_attrdef',
    rule((v) => `(${ofRelation('adrelid')(v)} AND NOT ${hides(v, 'k.adrelid', 'k.adnum')})`, {
      adbin: NO_TREE,
    }),
  ],
  ['pg_namespace', rule((v) => `k.nspname = ANY (${v.schemas})`, { nspacl: NO_ACL })],
  ['pg_type', rule(shownType, { typdefault: NO_TEXT, typdefaultbin: NO_TREE, typacl: NO_ACL })],
  [
    'pg_proc',
    rule((v) => `(${initial()} OR k.oid = ANY (${v.vouched}))`, {
      prosrc: `''::pg_catalog.text`,
      probin: NO_TEXT,
      prosqlbody: NO_TREE,
      proargdefaults: NO_TREE,
      proconfig: 'NULL::pg_catalog.text[]',
      proacl: NO_ACL,
    }),
  ],
  ['pg_index', rule((v) => shownIndex(v, 'k'), { indexprs: NO_TREE, indpred: NO_TREE })],
  ['pg_constraint', rule(shownConstraint, { conbin: NO_TREE })],
  [
    'pg_description',
    rule(
      (v) =>
        `(k.objoid < ${INITIAL} OR (k.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass` +
        ` AND k.objoid = ANY (${v.relations}) AND NOT ${hides(v, 'k.objoid', 'k.objsubid')}))`,
    ),
  ],
  [
    'pg_enum',
    rule(
      (v) =>
        `k.enumtypid IN (SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typnamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (${v.schemas})))`,
    ),
  ],
  ['pg_range', rule(initial('rngtypid'))],
  [
    'pg_inherits',
    rule((v) => `(k.inhrelid = ANY (${v.relations}) AND k.inhparent = ANY (${v.relations}))`),
  ],
  ['pg_partitioned_table', rule(ofRelation('partrelid'), { partexprs: NO_TREE })],
  [
    'pg_database',
    rule(
      'k.datname = pg_catalog.current_database()',
      {
        datname: (v) => `${v.database}::pg_catalog.name`,
        datacl: NO_ACL,
        datfrozenxid: NO_XID,
        datminmxid: NO_XID,
      },
      true,
    ),
  ],
  [
    'pg_roles',
    rule('k.rolname = CURRENT_USER', {
      rolname: (v) => `${v.subject}::pg_catalog.name`,
      rolsuper: 'false',
      rolconfig: 'NULL::pg_catalog.text[]',
    }),
  ],
  [
    'pg_user',
    rule('k.usename = CURRENT_USER', {
      usename: (v) => `${v.subject}::pg_catalog.name`,
      usesuper: 'false',
      useconfig: 'NULL::pg_catalog.text[]',
    }),
  ],
  [
    'pg_settings',
    rule(
      (v) => `pg_catalog.lower(k.name) = ANY (${v.readableSettings})`,
      {
        setting: (v) => v.settingValue,
        reset_val: (v) => v.settingValue,
        boot_val: (v) => v.settingValue,
        sourcefile: NO_TEXT,
        sourceline: 'NULL::pg_catalog.int4',
      },
      true,
    ),
  ],
  ['pg_tablespace', rule(initial(), { spcacl: NO_ACL, spcoptions: 'NULL::pg_catalog.text[]' })],
  [
    'pg_extension',
    rule('true', { extconfig: 'NULL::pg_catalog.oid[]', extcondition: 'NULL::pg_catalog.text[]' }),
  ],
  [
    'pg_tables',
    rule(named('tablename'), {
      hastriggers: 'false',
      rowsecurity: 'false',
      tableowner: `'owner'::pg_catalog.name`,
    }),
  ],
  [
    'pg_views',
    rule(named('viewname'), { definition: NO_TEXT, viewowner: `'owner'::pg_catalog.name` }),
  ],
  [
    'pg_matviews',
    rule(named('matviewname'), { definition: NO_TEXT, matviewowner: `'owner'::pg_catalog.name` }),
  ],
  [
    'pg_indexes',
    rule(
      (v) =>
        `(${named('tablename')(v)} AND (k.schemaname, k.indexname) IN (SELECT n.nspname, c.relname FROM pg_catalog.pg_class c` +
        ` JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN ${indexOids(v)}))`,
    ),
  ],
  ...[
    'pg_am',
    'pg_amop',
    'pg_amproc',
    'pg_cast',
    'pg_conversion',
    'pg_language',
    'pg_opclass',
    'pg_operator',
    'pg_opfamily',
    'pg_transform',
    'pg_ts_config',
    'pg_ts_dict',
    'pg_ts_parser',
    'pg_ts_template',
  ].map((name): [string, SystemRule] => [
    name,
    rule(initial(), name === 'pg_language' ? { lanacl: NO_ACL } : {}),
  ]),
  ['pg_aggregate', rule(initial('aggfnoid'))],
  ['pg_ts_config_map', rule(initial('mapcfg'))],
  ['pg_collation', rule(inSchema('collnamespace'))],
  ['pg_timezone_names', rule('true', {}, true)],
  ['pg_timezone_abbrevs', rule('true', {}, true)],
]);

/** What the gateway itself makes upstream, which even a subject to whom everything is open has no use for. */
const OWN_SCHEMAS = `(SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'privet_policy' OR n.nspname LIKE 'pg\\_temp\\_%')`;
const OWN: ReadonlyMap<string, string> = new Map([
  ['pg_namespace', `k.oid NOT IN ${OWN_SCHEMAS}`],
  ['pg_class', `k.relnamespace NOT IN ${OWN_SCHEMAS}`],
  ['pg_type', `k.typnamespace NOT IN ${OWN_SCHEMAS}`],
]);

/** The filter of a catalog for a subject to whom everything is open, or null for all of it. */
export function openFilter(name: string): string | null {
  return OWN.get(name) ?? null;
}

/** Shown to nobody: other people's sessions, and what the gateway itself keeps upstream. */
const NOBODY =
  /^pg_(stat_activity|stat_ssl|stat_gssapi|stat_replication|stat_wal_receiver|stat_progress_.*|cursors|prepared_statements|prepared_xacts|locks|replication_.*|subscription|stat_subscription.*|db_role_setting|seclabels?|shseclabel)$/u;

const EMPTY: SystemRule = { where: null, columns: {}, always: false };

/** The rule of a catalog of pg_catalog; one without a rule of its own is empty to a subject under policy. */
export function systemRule(name: string): SystemRule {
  const own = RULES.get(name);
  if (own !== undefined) return own;
  return NOBODY.test(name) ? { ...EMPTY, always: true } : EMPTY;
}
