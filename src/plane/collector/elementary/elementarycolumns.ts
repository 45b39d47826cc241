/**
 * Every column of the tables of the Elementary dbt package (0.25), by what becomes of it. Only columns that are not
 * `drop` are ever selected; a column that is not listed here is not known and not read. Old versions lack some: what is
 * missing reads as null.
 *
 * id, name, word, time, count: as they are, when they have that form. label: when it has the form of one. owner: a name
 * control knows, or a digest. list: ids of nodes. measure: rounded by class. digest: keyed. message: a fault and a
 * digest. drop: stays in the warehouse.
 */
export type ColumnClass =
  | 'id'
  | 'name'
  | 'word'
  | 'label'
  | 'owner'
  | 'list'
  | 'count'
  | 'measure'
  | 'time'
  | 'digest'
  | 'message'
  | 'drop';

type Classes = Partial<Record<ColumnClass, string>>;

const NODE = {
  id: 'unique_id',
  name: 'name alias database_name schema_name package_name group_name',
  label: 'tags',
  owner: 'owner',
  list: 'depends_on_nodes',
  drop: 'checksum meta depends_on_macros description original_path path patch_path generated_at metadata_hash unique_key incremental_strategy bigquery_partition_by bigquery_cluster_by',
  word: 'materialization access',
} as const satisfies Classes;

const TABLES = {
  dbt_models: NODE,
  dbt_snapshots: NODE,
  dbt_seeds: {
    id: 'unique_id',
    name: 'name alias database_name schema_name package_name group_name',
    label: 'tags',
    owner: 'owner',
    drop: 'checksum meta description original_path path generated_at metadata_hash',
  },
  dbt_sources: {
    id: 'unique_id',
    name: 'name identifier database_name schema_name source_name package_name',
    count: 'freshness_warn_after freshness_error_after',
    label: 'tags',
    owner: 'owner',
    drop: 'loaded_at_field freshness_filter freshness_description relation_name meta original_path path source_description description generated_at metadata_hash',
  },
  dbt_tests: {
    id: 'unique_id parent_model_unique_id',
    name: 'name test_column_name',
    word: 'severity test_namespace test_original_name type quality_dimension',
    label: 'tags',
    owner: 'model_owners',
    list: 'depends_on_nodes',
    drop: 'database_name schema_name short_name alias warn_if error_if test_params model_tags meta depends_on_macros description package_name original_path path generated_at metadata_hash group_name',
  },
  dbt_columns: {
    id: 'parent_unique_id',
    name: 'name data_type',
    label: 'tags',
    drop: 'unique_id meta database_name schema_name table_name description resource_type generated_at metadata_hash',
  },
  dbt_exposures: {
    id: 'unique_id',
    name: 'name package_name',
    word: 'maturity type',
    label: 'tags',
    owner: 'owner_email owner_name',
    list: 'depends_on_nodes',
    drop: 'url depends_on_macros depends_on_columns description meta original_path path generated_at metadata_hash label raw_queries',
  },
  dbt_metrics: {
    id: 'unique_id',
    name: 'name package_name group_name',
    label: 'tags',
    list: 'depends_on_nodes',
    drop: 'label model type sql timestamp filters time_grains dimensions depends_on_macros description meta original_path path generated_at metadata_hash',
  },
  dbt_groups: {
    id: 'unique_id',
    name: 'name',
    owner: 'owner_email owner_name',
    drop: 'generated_at metadata_hash',
  },
  dbt_invocations: {
    id: 'invocation_id',
    name: 'project_name job_name',
    word: 'command dbt_version full_refresh target_name env orchestrator',
    digest: 'dbt_user git_sha',
    time: 'run_started_at run_completed_at created_at',
    drop: 'job_id job_run_id generated_at elementary_version invocation_vars vars target_database target_schema target_profile_name threads selected yaml_selector project_id env_id cause_category cause pull_request_id job_url job_run_url account_id target_adapter_specific_fields',
  },
  dbt_run_results: {
    id: 'model_execution_id unique_id invocation_id',
    word: 'status resource_type materialization',
    count: 'execution_time rows_affected failures',
    time: 'created_at execute_started_at execute_completed_at compile_started_at compile_completed_at',
    message: 'message',
    digest: 'compiled_code',
    drop: 'generated_at name full_refresh query_id thread_id adapter_response group_name',
  },
  dbt_source_freshness_results: {
    id: 'source_freshness_execution_id unique_id invocation_id',
    word: 'status',
    count: 'max_loaded_at_time_ago_in_s warn_after error_after',
    time: 'max_loaded_at snapshotted_at created_at',
    message: 'error',
    drop: 'generated_at compile_started_at compile_completed_at execute_started_at execute_completed_at filter',
  },
  elementary_test_results: {
    id: 'id test_unique_id model_unique_id invocation_id',
    name: 'database_name schema_name table_name column_name',
    word: 'test_type test_sub_type severity status',
    count: 'failures failed_row_count',
    label: 'tags',
    owner: 'owners',
    time: 'detected_at created_at',
    message: 'test_results_description',
    drop: 'data_issue_id test_execution_id test_results_query other test_name test_params test_short_name test_alias result_rows',
  },
  data_monitoring_metrics: {
    id: 'id',
    name: 'full_table_name column_name dimension',
    word: 'metric_name metric_type',
    measure: 'metric_value',
    count: 'bucket_duration_hours',
    time: 'bucket_start bucket_end updated_at created_at',
    digest: 'dimension_value metric_properties',
    drop: 'source_value',
  },
} as const satisfies Readonly<Record<string, Classes>>;

export type ElementaryTable = keyof typeof TABLES;

/** Tables that are read. `test_result_rows` holds failed rows and may not even be readable. */
export const ELEMENTARY_TABLES = Object.keys(TABLES) as readonly ElementaryTable[];

/** The class of every column of a table. */
export function classesOf(table: ElementaryTable): ReadonlyMap<string, ColumnClass> {
  const classes: Classes = TABLES[table];
  return new Map(
    Object.entries(classes).flatMap(([kind, columns]) =>
      columns.split(' ').map((column) => [column, kind as ColumnClass] as const),
    ),
  );
}
