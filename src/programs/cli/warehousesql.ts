/** What `privet observe warehouse sql` prints for. */
export type RoleWish = {
  readonly name: string;
  readonly results: string;
  /** Tables the collecting role is to read, as `schema.table`, or whole schemas. */
  readonly tables: readonly string[];
  readonly schemas: readonly string[];
  readonly reader: boolean;
};

/** Names are quoted; passwords are left for whoever runs it, so that none is in a file or a history. */
export function warehouseSql({ name, results, tables, schemas, reader }: RoleWish): string {
  const collect = quoted(`privet_collect_${name}`);
  const read = quoted(`privet_read_${name}`);
  const schemaOf = (table: string) => table.slice(0, table.indexOf('.'));
  const usable = new Set([...schemas, ...tables.map(schemaOf)]);
  return [
    '-- run as the owner of the database; then set the passwords with \\password in psql',
    `CREATE ROLE ${collect} LOGIN NOINHERIT;`,
    `CREATE SCHEMA ${quoted(results)} AUTHORIZATION ${collect};`,
    ...[...usable].map((schema) => `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${collect};`),
    ...schemas.map(
      (schema) => `GRANT SELECT ON ALL TABLES IN SCHEMA ${quoted(schema)} TO ${collect};`,
    ),
    ...tables.map((table) => `GRANT SELECT ON ${qualified(table)} TO ${collect};`),
    ...(reader
      ? [
          '-- reads the views of the results, and nothing else: the collector grants them itself',
          `CREATE ROLE ${read} LOGIN NOINHERIT;`,
        ]
      : []),
    '',
  ].join('\n');
}

/** Tables of the Elementary dbt package that are read; the one with failed rows is not among them. */
const ELEMENTARY_TABLES = [
  'dbt_models',
  'dbt_snapshots',
  'dbt_seeds',
  'dbt_sources',
  'dbt_tests',
  'dbt_columns',
  'dbt_exposures',
  'dbt_metrics',
  'dbt_groups',
  'dbt_invocations',
  'dbt_run_results',
  'dbt_source_freshness_results',
  'elementary_test_results',
  'data_monitoring_metrics',
];

/** One role, one schema, table by table: not every table there, and none that comes later. */
export function elementarySql(name: string, schema: string): string {
  const role = quoted(`privet_read_${name}`);
  return [
    '-- run as the owner of the schema; then set the password with \\password in psql; leave out tables your version lacks',
    `CREATE ROLE ${role} LOGIN NOINHERIT;`,
    `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${role};`,
    ...ELEMENTARY_TABLES.map(
      (table) => `GRANT SELECT ON ${quoted(schema)}.${quoted(table)} TO ${role};`,
    ),
    '',
  ].join('\n');
}

function qualified(table: string): string {
  const dot = table.indexOf('.');
  return `${quoted(table.slice(0, dot))}.${quoted(table.slice(dot + 1))}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
