/**
 * Views of information_schema as queries over catalogs that are filtered already (`{pg_class}` and so on): the real ones
 * show what the gateway's role may see, which is not what the subject may see. After PostgreSQL's information_schema.sql;
 * a column that is not listed is NULL.
 */
export type InformationView = {
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
};

/** `{db}` is the database's name as the client knows it, `{subject}` the subject's. */
const DB = '{db}::pg_catalog.name';
const YES = `'YES'::pg_catalog.varchar`;
const NO = `'NO'::pg_catalog.varchar`;
const text = (value: string) => `'${value}'::pg_catalog.varchar`;
const yes = (condition: string) => `CASE WHEN ${condition} THEN ${YES} ELSE ${NO} END`;
const int = (expression: string) => `(${expression})::pg_catalog.int4`;

const TYPE = `CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END`;
const MODIFIER = `CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END`;
const measure = (name: string) => int(`information_schema.${name}(${TYPE}, ${MODIFIER})`);

const SHOWN_TYPE =
  `CASE WHEN COALESCE(b.typelem, t.typelem) <> 0 AND COALESCE(b.typlen, t.typlen) = -1 THEN 'ARRAY'` +
  ` WHEN COALESCE(bn.nspname, tn.nspname) = 'pg_catalog' THEN pg_catalog.format_type(COALESCE(b.oid, t.oid), NULL)` +
  ` ELSE 'USER-DEFINED' END`;

const RELATION = '{pg_namespace} n JOIN {pg_class} c ON n.oid = c.relnamespace';
const CONSTRAINT =
  '{pg_constraint} k JOIN {pg_class} c ON c.oid = k.conrelid JOIN {pg_namespace} n ON n.oid = c.relnamespace' +
  ' JOIN {pg_namespace} kn ON kn.oid = k.connamespace';

const relation = {
  table_catalog: DB,
  table_schema: 'n.nspname',
  table_name: 'c.relname',
};
const constraint = {
  constraint_catalog: DB,
  constraint_schema: 'kn.nspname',
  constraint_name: 'k.conname',
};

const RULE = (column: string) =>
  `CASE k.${column} WHEN 'c' THEN ${text('CASCADE')} WHEN 'n' THEN ${text('SET NULL')}` +
  ` WHEN 'd' THEN ${text('SET DEFAULT')} WHEN 'r' THEN ${text('RESTRICT')} ELSE ${text('NO ACTION')} END`;

const VIEWS: ReadonlyMap<string, InformationView> = new Map<string, InformationView>([
  ['information_schema_catalog_name', { columns: { catalog_name: DB }, from: '(SELECT 1) one' }],
  [
    'enabled_roles',
    { columns: { role_name: '{subject}::pg_catalog.name' }, from: '(SELECT 1) one' },
  ],
  [
    'schemata',
    {
      columns: {
        catalog_name: DB,
        schema_name: 'n.nspname',
        schema_owner: `'owner'::pg_catalog.name`,
      },
      from: '{pg_namespace} n',
    },
  ],
  [
    'tables',
    {
      columns: {
        ...relation,
        table_type: `CASE c.relkind WHEN 'v' THEN ${text('VIEW')} WHEN 'f' THEN ${text('FOREIGN')} ELSE ${text('BASE TABLE')} END`,
        is_insertable_into: NO,
        is_typed: NO,
      },
      from: `${RELATION} WHERE c.relkind IN ('r', 'v', 'f', 'p')`,
    },
  ],
  [
    'views',
    {
      columns: {
        ...relation,
        check_option: text('NONE'),
        is_updatable: NO,
        is_insertable_into: NO,
        is_trigger_updatable: NO,
        is_trigger_deletable: NO,
        is_trigger_insertable_into: NO,
      },
      from: `${RELATION} WHERE c.relkind = 'v'`,
    },
  ],
  [
    'columns',
    {
      columns: {
        ...relation,
        column_name: 'a.attname',
        ordinal_position: int('a.attnum'),
        is_nullable: `CASE WHEN a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) THEN ${NO} ELSE ${YES} END`,
        data_type: `(${SHOWN_TYPE})::pg_catalog.varchar`,
        character_maximum_length: measure('_pg_char_max_length'),
        character_octet_length: measure('_pg_char_octet_length'),
        numeric_precision: measure('_pg_numeric_precision'),
        numeric_precision_radix: measure('_pg_numeric_precision_radix'),
        numeric_scale: measure('_pg_numeric_scale'),
        datetime_precision: measure('_pg_datetime_precision'),
        interval_type: `information_schema._pg_interval_type(${TYPE}, ${MODIFIER})::pg_catalog.varchar`,
        domain_catalog: `CASE WHEN t.typtype = 'd' THEN ${DB} END`,
        domain_schema: `CASE WHEN t.typtype = 'd' THEN tn.nspname END`,
        domain_name: `CASE WHEN t.typtype = 'd' THEN t.typname END`,
        udt_catalog: DB,
        udt_schema: 'COALESCE(bn.nspname, tn.nspname)',
        udt_name: 'COALESCE(b.typname, t.typname)',
        dtd_identifier: 'a.attnum::pg_catalog.name',
        is_self_referencing: NO,
        is_identity: yes(`a.attidentity IN ('a', 'd')`),
        identity_generation: `CASE a.attidentity WHEN 'a' THEN ${text('ALWAYS')} WHEN 'd' THEN ${text('BY DEFAULT')} END`,
        identity_cycle: NO,
        is_generated: `CASE WHEN a.attgenerated <> '' THEN ${text('ALWAYS')} ELSE ${text('NEVER')} END`,
        is_updatable: NO,
      },
      from:
        `${RELATION} JOIN {pg_attribute} a ON a.attrelid = c.oid JOIN {pg_type} t ON t.oid = a.atttypid` +
        ' JOIN {pg_namespace} tn ON tn.oid = t.typnamespace' +
        ` LEFT JOIN ({pg_type} b JOIN {pg_namespace} bn ON bn.oid = b.typnamespace) ON t.typtype = 'd' AND b.oid = t.typbasetype` +
        ` WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')`,
    },
  ],
  [
    'table_constraints',
    {
      columns: {
        ...constraint,
        ...relation,
        constraint_type: `CASE k.contype WHEN 'c' THEN ${text('CHECK')} WHEN 'f' THEN ${text('FOREIGN KEY')} WHEN 'p' THEN ${text('PRIMARY KEY')} ELSE ${text('UNIQUE')} END`,
        is_deferrable: yes('k.condeferrable'),
        initially_deferred: yes('k.condeferred'),
        enforced: YES,
      },
      from: `${CONSTRAINT} WHERE k.contype IN ('c', 'f', 'p', 'u') AND c.relkind IN ('r', 'p')`,
    },
  ],
  [
    'key_column_usage',
    {
      columns: {
        ...constraint,
        ...relation,
        column_name: 'a.attname',
        ordinal_position: int('u.position'),
        position_in_unique_constraint: `CASE WHEN k.contype = 'f' THEN ${int('u.position')} END`,
      },
      from:
        `${CONSTRAINT} CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(attnum, position)` +
        ` JOIN {pg_attribute} a ON a.attrelid = c.oid AND a.attnum = u.attnum WHERE k.contype IN ('f', 'p', 'u')`,
    },
  ],
  [
    'referential_constraints',
    {
      columns: {
        ...constraint,
        unique_constraint_catalog: `CASE WHEN r.conname IS NOT NULL THEN ${DB} END`,
        unique_constraint_schema: 'rn.nspname',
        unique_constraint_name: 'r.conname',
        match_option: `CASE k.confmatchtype WHEN 'f' THEN ${text('FULL')} WHEN 'p' THEN ${text('PARTIAL')} ELSE ${text('NONE')} END`,
        update_rule: RULE('confupdtype'),
        delete_rule: RULE('confdeltype'),
      },
      from:
        `${CONSTRAINT} LEFT JOIN ({pg_constraint} r JOIN {pg_namespace} rn ON rn.oid = r.connamespace)` +
        ` ON r.conrelid = k.confrelid AND r.conindid = k.conindid AND r.contype IN ('p', 'u') WHERE k.contype = 'f'`,
    },
  ],
  [
    'constraint_column_usage',
    {
      columns: { ...constraint, ...relation, column_name: 'a.attname' },
      from:
        '{pg_constraint} k JOIN {pg_namespace} kn ON kn.oid = k.connamespace' +
        ` JOIN {pg_class} c ON c.oid = CASE WHEN k.contype = 'f' THEN k.confrelid ELSE k.conrelid END` +
        ' JOIN {pg_namespace} n ON n.oid = c.relnamespace' +
        ` CROSS JOIN LATERAL pg_catalog.unnest(CASE WHEN k.contype = 'f' THEN k.confkey ELSE k.conkey END) AS u(attnum)` +
        ` JOIN {pg_attribute} a ON a.attrelid = c.oid AND a.attnum = u.attnum WHERE k.contype IN ('f', 'p', 'u')`,
    },
  ],
  [
    'table_privileges',
    {
      columns: {
        grantor: `'owner'::pg_catalog.name`,
        grantee: '{subject}::pg_catalog.name',
        ...relation,
        privilege_type: text('SELECT'),
        is_grantable: NO,
        with_hierarchy: NO,
      },
      from: `${RELATION} WHERE c.relkind IN ('r', 'v', 'f', 'p')`,
    },
  ],
]);

/** Tables of facts about PostgreSQL itself, shown as they are. */
const FACTS = new Set([
  'sql_features',
  'sql_implementation_info',
  'sql_parts',
  'sql_sizing',
  'character_sets',
]);

export function informationView(name: string): InformationView | 'facts' | null {
  return VIEWS.get(name) ?? (FACTS.has(name) ? 'facts' : null);
}
