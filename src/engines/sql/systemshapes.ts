/**
 * Columns of pg_catalog and information_schema, generated from PostgreSQL 15 and 18 by scripts/system-catalogs.ts: a line
 * is `relation column:typeOid …`, begun with a major version where the versions differ.
 */
export const SYSTEM_SHAPES = `
information_schema._pg_foreign_data_wrappers oid:26 fdwowner:26 fdwoptions:1009 foreign_data_wrapper_catalog foreign_data_wrapper_name authorization_identifier foreign_data_wrapper_language
information_schema._pg_foreign_servers oid:26 srvoptions:1009 foreign_server_catalog foreign_server_name foreign_data_wrapper_catalog foreign_data_wrapper_name foreign_server_type foreign_server_version authorization_identifier
information_schema._pg_foreign_table_columns nspname:19 relname:19 attname:19 attfdwoptions:1009
information_schema._pg_foreign_tables foreign_table_catalog foreign_table_schema foreign_table_name ftoptions:1009 foreign_server_catalog foreign_server_name authorization_identifier
information_schema._pg_user_mappings oid:26 umoptions:1009 umuser:26 authorization_identifier foreign_server_catalog foreign_server_name srvowner
information_schema.administrable_role_authorizations grantee role_name is_grantable
information_schema.applicable_roles grantee role_name is_grantable
information_schema.attributes udt_catalog udt_schema udt_name attribute_name ordinal_position attribute_default is_nullable data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision attribute_udt_catalog attribute_udt_schema attribute_udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier is_derived_reference_attribute
information_schema.character_sets character_set_catalog character_set_schema character_set_name character_repertoire form_of_use default_collate_catalog default_collate_schema default_collate_name
information_schema.check_constraint_routine_usage constraint_catalog constraint_schema constraint_name specific_catalog specific_schema specific_name
information_schema.check_constraints constraint_catalog constraint_schema constraint_name check_clause
information_schema.collation_character_set_applicability collation_catalog collation_schema collation_name character_set_catalog character_set_schema character_set_name
information_schema.collations collation_catalog collation_schema collation_name pad_attribute
information_schema.column_column_usage table_catalog table_schema table_name column_name dependent_column
information_schema.column_domain_usage domain_catalog domain_schema domain_name table_catalog table_schema table_name column_name
information_schema.column_options table_catalog table_schema table_name column_name option_name option_value
information_schema.column_privileges grantor grantee table_catalog table_schema table_name column_name privilege_type is_grantable
information_schema.column_udt_usage udt_catalog udt_schema udt_name table_catalog table_schema table_name column_name
information_schema.columns table_catalog table_schema table_name column_name ordinal_position column_default is_nullable data_type character_maximum_length character_octet_length numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name domain_catalog domain_schema domain_name udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier is_self_referencing is_identity identity_generation identity_start identity_increment identity_maximum identity_minimum identity_cycle is_generated generation_expression is_updatable
information_schema.constraint_column_usage table_catalog table_schema table_name column_name constraint_catalog constraint_schema constraint_name
information_schema.constraint_table_usage table_catalog table_schema table_name constraint_catalog constraint_schema constraint_name
information_schema.data_type_privileges object_catalog object_schema object_name object_type dtd_identifier
information_schema.domain_constraints constraint_catalog constraint_schema constraint_name domain_catalog domain_schema domain_name is_deferrable initially_deferred
information_schema.domain_udt_usage udt_catalog udt_schema udt_name domain_catalog domain_schema domain_name
information_schema.domains domain_catalog domain_schema domain_name data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision domain_default udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier
15 information_schema.element_types object_catalog object_schema object_name object_type collection_type_identifier data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision domain_default udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier
18 information_schema.element_types object_catalog object_schema object_name object_type collection_type_identifier data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier
information_schema.enabled_roles role_name
information_schema.foreign_data_wrapper_options foreign_data_wrapper_catalog foreign_data_wrapper_name option_name option_value
information_schema.foreign_data_wrappers foreign_data_wrapper_catalog foreign_data_wrapper_name authorization_identifier library_name foreign_data_wrapper_language
information_schema.foreign_server_options foreign_server_catalog foreign_server_name option_name option_value
information_schema.foreign_servers foreign_server_catalog foreign_server_name foreign_data_wrapper_catalog foreign_data_wrapper_name foreign_server_type foreign_server_version authorization_identifier
information_schema.foreign_table_options foreign_table_catalog foreign_table_schema foreign_table_name option_name option_value
information_schema.foreign_tables foreign_table_catalog foreign_table_schema foreign_table_name foreign_server_catalog foreign_server_name
information_schema.information_schema_catalog_name catalog_name
information_schema.key_column_usage constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name ordinal_position position_in_unique_constraint
information_schema.parameters specific_catalog specific_schema specific_name ordinal_position parameter_mode is_result as_locator parameter_name data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision udt_catalog udt_schema udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier parameter_default
information_schema.referential_constraints constraint_catalog constraint_schema constraint_name unique_constraint_catalog unique_constraint_schema unique_constraint_name match_option update_rule delete_rule
information_schema.role_column_grants grantor grantee table_catalog table_schema table_name column_name privilege_type is_grantable
information_schema.role_routine_grants grantor grantee specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name privilege_type is_grantable
information_schema.role_table_grants grantor grantee table_catalog table_schema table_name privilege_type is_grantable with_hierarchy
information_schema.role_udt_grants grantor grantee udt_catalog udt_schema udt_name privilege_type is_grantable
information_schema.role_usage_grants grantor grantee object_catalog object_schema object_name object_type privilege_type is_grantable
information_schema.routine_column_usage specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name table_catalog table_schema table_name column_name
information_schema.routine_privileges grantor grantee specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name privilege_type is_grantable
information_schema.routine_routine_usage specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name
information_schema.routine_sequence_usage specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name sequence_catalog sequence_schema sequence_name
information_schema.routine_table_usage specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name table_catalog table_schema table_name
information_schema.routines specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name routine_type module_catalog module_schema module_name udt_catalog udt_schema udt_name data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision type_udt_catalog type_udt_schema type_udt_name scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier routine_body routine_definition external_name external_language parameter_style is_deterministic sql_data_access is_null_call sql_path schema_level_routine max_dynamic_result_sets is_user_defined_cast is_implicitly_invocable security_type to_sql_specific_catalog to_sql_specific_schema to_sql_specific_name as_locator created last_altered new_savepoint_level is_udt_dependent result_cast_from_data_type result_cast_as_locator result_cast_char_max_length result_cast_char_octet_length result_cast_char_set_catalog result_cast_char_set_schema result_cast_char_set_name result_cast_collation_catalog result_cast_collation_schema result_cast_collation_name result_cast_numeric_precision result_cast_numeric_precision_radix result_cast_numeric_scale result_cast_datetime_precision result_cast_interval_type result_cast_interval_precision result_cast_type_udt_catalog result_cast_type_udt_schema result_cast_type_udt_name result_cast_scope_catalog result_cast_scope_schema result_cast_scope_name result_cast_maximum_cardinality result_cast_dtd_identifier
information_schema.schemata catalog_name schema_name schema_owner default_character_set_catalog default_character_set_schema default_character_set_name sql_path
information_schema.sequences sequence_catalog sequence_schema sequence_name data_type numeric_precision numeric_precision_radix numeric_scale start_value minimum_value maximum_value increment cycle_option
information_schema.sql_features feature_id feature_name sub_feature_id sub_feature_name is_supported is_verified_by comments
information_schema.sql_implementation_info implementation_info_id implementation_info_name integer_value character_value comments
information_schema.sql_parts feature_id feature_name is_supported is_verified_by comments
information_schema.sql_sizing sizing_id sizing_name supported_value comments
information_schema.table_constraints constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type is_deferrable initially_deferred enforced nulls_distinct
information_schema.table_privileges grantor grantee table_catalog table_schema table_name privilege_type is_grantable with_hierarchy
information_schema.tables table_catalog table_schema table_name table_type self_referencing_column_name reference_generation user_defined_type_catalog user_defined_type_schema user_defined_type_name is_insertable_into is_typed commit_action
information_schema.transforms udt_catalog udt_schema udt_name specific_catalog specific_schema specific_name group_name transform_type
information_schema.triggered_update_columns trigger_catalog trigger_schema trigger_name event_object_catalog event_object_schema event_object_table event_object_column
information_schema.triggers trigger_catalog trigger_schema trigger_name event_manipulation event_object_catalog event_object_schema event_object_table action_order action_condition action_statement action_orientation action_timing action_reference_old_table action_reference_new_table action_reference_old_row action_reference_new_row created
information_schema.udt_privileges grantor grantee udt_catalog udt_schema udt_name privilege_type is_grantable
information_schema.usage_privileges grantor grantee object_catalog object_schema object_name object_type privilege_type is_grantable
information_schema.user_defined_types user_defined_type_catalog user_defined_type_schema user_defined_type_name user_defined_type_category is_instantiable is_final ordering_form ordering_category ordering_routine_catalog ordering_routine_schema ordering_routine_name reference_type data_type character_maximum_length character_octet_length character_set_catalog character_set_schema character_set_name collation_catalog collation_schema collation_name numeric_precision numeric_precision_radix numeric_scale datetime_precision interval_type interval_precision source_dtd_identifier ref_dtd_identifier
information_schema.user_mapping_options authorization_identifier foreign_server_catalog foreign_server_name option_name option_value
information_schema.user_mappings authorization_identifier foreign_server_catalog foreign_server_name
information_schema.view_column_usage view_catalog view_schema view_name table_catalog table_schema table_name column_name
information_schema.view_routine_usage table_catalog table_schema table_name specific_catalog specific_schema specific_name
information_schema.view_table_usage view_catalog view_schema view_name table_catalog table_schema table_name
information_schema.views table_catalog table_schema table_name view_definition check_option is_updatable is_insertable_into is_trigger_updatable is_trigger_deletable is_trigger_insertable_into
pg_catalog.pg_aggregate aggfnoid:24 aggkind:18 aggnumdirectargs:21 aggtransfn:24 aggfinalfn:24 aggcombinefn:24 aggserialfn:24 aggdeserialfn:24 aggmtransfn:24 aggminvtransfn:24 aggmfinalfn:24 aggfinalextra:16 aggmfinalextra:16 aggfinalmodify:18 aggmfinalmodify:18 aggsortop:26 aggtranstype:26 aggtransspace:23 aggmtranstype:26 aggmtransspace:23 agginitval:25 aggminitval:25
pg_catalog.pg_am oid:26 amname:19 amhandler:24 amtype:18
pg_catalog.pg_amop oid:26 amopfamily:26 amoplefttype:26 amoprighttype:26 amopstrategy:21 amoppurpose:18 amopopr:26 amopmethod:26 amopsortfamily:26
pg_catalog.pg_amproc oid:26 amprocfamily:26 amproclefttype:26 amprocrighttype:26 amprocnum:21 amproc:24
pg_catalog.pg_attrdef oid:26 adrelid:26 adnum:21 adbin:194
15 pg_catalog.pg_attribute attrelid:26 attname:19 atttypid:26 attstattarget:23 attlen:21 attnum:21 attndims:23 attcacheoff:23 atttypmod:23 attbyval:16 attalign:18 attstorage:18 attcompression:18 attnotnull:16 atthasdef:16 atthasmissing:16 attidentity:18 attgenerated:18 attisdropped:16 attislocal:16 attinhcount:23 attcollation:26 attacl:1034 attoptions:1009 attfdwoptions:1009 attmissingval:2277
18 pg_catalog.pg_attribute attrelid:26 attname:19 atttypid:26 attlen:21 attnum:21 atttypmod:23 attndims:21 attbyval:16 attalign:18 attstorage:18 attcompression:18 attnotnull:16 atthasdef:16 atthasmissing:16 attidentity:18 attgenerated:18 attisdropped:16 attislocal:16 attinhcount:21 attcollation:26 attstattarget:21 attacl:1034 attoptions:1009 attfdwoptions:1009 attmissingval:2277
15 pg_catalog.pg_auth_members roleid:26 member:26 grantor:26 admin_option:16
18 pg_catalog.pg_auth_members oid:26 roleid:26 member:26 grantor:26 admin_option:16 inherit_option:16 set_option:16
pg_catalog.pg_available_extension_versions name:19 version:25 installed:16 superuser:16 trusted:16 relocatable:16 schema:19 requires:1003 comment:25
pg_catalog.pg_available_extensions name:19 default_version:25 installed_version:25 comment:25
pg_catalog.pg_cast oid:26 castsource:26 casttarget:26 castfunc:26 castcontext:18 castmethod:18
15 pg_catalog.pg_class oid:26 relname:19 relnamespace:26 reltype:26 reloftype:26 relowner:26 relam:26 relfilenode:26 reltablespace:26 relpages:23 reltuples:700 relallvisible:23 reltoastrelid:26 relhasindex:16 relisshared:16 relpersistence:18 relkind:18 relnatts:21 relchecks:21 relhasrules:16 relhastriggers:16 relhassubclass:16 relrowsecurity:16 relforcerowsecurity:16 relispopulated:16 relreplident:18 relispartition:16 relrewrite:26 relfrozenxid:28 relminmxid:28 relacl:1034 reloptions:1009 relpartbound:194
18 pg_catalog.pg_class oid:26 relname:19 relnamespace:26 reltype:26 reloftype:26 relowner:26 relam:26 relfilenode:26 reltablespace:26 relpages:23 reltuples:700 relallvisible:23 relallfrozen:23 reltoastrelid:26 relhasindex:16 relisshared:16 relpersistence:18 relkind:18 relnatts:21 relchecks:21 relhasrules:16 relhastriggers:16 relhassubclass:16 relrowsecurity:16 relforcerowsecurity:16 relispopulated:16 relreplident:18 relispartition:16 relrewrite:26 relfrozenxid:28 relminmxid:28 relacl:1034 reloptions:1009 relpartbound:194
15 pg_catalog.pg_collation oid:26 collname:19 collnamespace:26 collowner:26 collprovider:18 collisdeterministic:16 collencoding:23 collcollate:25 collctype:25 colliculocale:25 collversion:25
18 pg_catalog.pg_collation oid:26 collname:19 collnamespace:26 collowner:26 collprovider:18 collisdeterministic:16 collencoding:23 collcollate:25 collctype:25 colllocale:25 collicurules:25 collversion:25
15 pg_catalog.pg_constraint oid:26 conname:19 connamespace:26 contype:18 condeferrable:16 condeferred:16 convalidated:16 conrelid:26 contypid:26 conindid:26 conparentid:26 confrelid:26 confupdtype:18 confdeltype:18 confmatchtype:18 conislocal:16 coninhcount:23 connoinherit:16 conkey:1005 confkey:1005 conpfeqop:1028 conppeqop:1028 conffeqop:1028 confdelsetcols:1005 conexclop:1028 conbin:194
18 pg_catalog.pg_constraint oid:26 conname:19 connamespace:26 contype:18 condeferrable:16 condeferred:16 conenforced:16 convalidated:16 conrelid:26 contypid:26 conindid:26 conparentid:26 confrelid:26 confupdtype:18 confdeltype:18 confmatchtype:18 conislocal:16 coninhcount:21 connoinherit:16 conperiod:16 conkey:1005 confkey:1005 conpfeqop:1028 conppeqop:1028 conffeqop:1028 confdelsetcols:1005 conexclop:1028 conbin:194
pg_catalog.pg_conversion oid:26 conname:19 connamespace:26 conowner:26 conforencoding:23 contoencoding:23 conproc:24 condefault:16
pg_catalog.pg_cursors name:25 statement:25 is_holdable:16 is_binary:16 is_scrollable:16 creation_time:1184
15 pg_catalog.pg_database oid:26 datname:19 datdba:26 encoding:23 datlocprovider:18 datistemplate:16 datallowconn:16 datconnlimit:23 datfrozenxid:28 datminmxid:28 dattablespace:26 datcollate:25 datctype:25 daticulocale:25 datcollversion:25 datacl:1034
18 pg_catalog.pg_database oid:26 datname:19 datdba:26 encoding:23 datlocprovider:18 datistemplate:16 datallowconn:16 dathasloginevt:16 datconnlimit:23 datfrozenxid:28 datminmxid:28 dattablespace:26 datcollate:25 datctype:25 datlocale:25 daticurules:25 datcollversion:25 datacl:1034
pg_catalog.pg_db_role_setting setdatabase:26 setrole:26 setconfig:1009
pg_catalog.pg_default_acl oid:26 defaclrole:26 defaclnamespace:26 defaclobjtype:18 defaclacl:1034
pg_catalog.pg_depend classid:26 objid:26 objsubid:23 refclassid:26 refobjid:26 refobjsubid:23 deptype:18
pg_catalog.pg_description objoid:26 classoid:26 objsubid:23 description:25
pg_catalog.pg_enum oid:26 enumtypid:26 enumsortorder:700 enumlabel:19
pg_catalog.pg_event_trigger oid:26 evtname:19 evtevent:19 evtowner:26 evtfoid:26 evtenabled:18 evttags:1009
pg_catalog.pg_extension oid:26 extname:19 extowner:26 extnamespace:26 extrelocatable:16 extversion:25 extconfig:1028 extcondition:1009
pg_catalog.pg_foreign_data_wrapper oid:26 fdwname:19 fdwowner:26 fdwhandler:26 fdwvalidator:26 fdwacl:1034 fdwoptions:1009
pg_catalog.pg_foreign_server oid:26 srvname:19 srvowner:26 srvfdw:26 srvtype:25 srvversion:25 srvacl:1034 srvoptions:1009
pg_catalog.pg_foreign_table ftrelid:26 ftserver:26 ftoptions:1009
pg_catalog.pg_group groname:19 grosysid:26 grolist:1028
pg_catalog.pg_index indexrelid:26 indrelid:26 indnatts:21 indnkeyatts:21 indisunique:16 indnullsnotdistinct:16 indisprimary:16 indisexclusion:16 indimmediate:16 indisclustered:16 indisvalid:16 indcheckxmin:16 indisready:16 indislive:16 indisreplident:16 indkey:22 indcollation:30 indclass:30 indoption:22 indexprs:194 indpred:194
pg_catalog.pg_indexes schemaname:19 tablename:19 indexname:19 tablespace:19 indexdef:25
pg_catalog.pg_inherits inhrelid:26 inhparent:26 inhseqno:23 inhdetachpending:16
pg_catalog.pg_init_privs objoid:26 classoid:26 objsubid:23 privtype:18 initprivs:1034
pg_catalog.pg_language oid:26 lanname:19 lanowner:26 lanispl:16 lanpltrusted:16 lanplcallfoid:26 laninline:26 lanvalidator:26 lanacl:1034
pg_catalog.pg_locks locktype:25 database:26 relation:26 page:23 tuple:21 virtualxid:25 transactionid:28 classid:26 objid:26 objsubid:21 virtualtransaction:25 pid:23 mode:25 granted:16 fastpath:16 waitstart:1184
pg_catalog.pg_matviews schemaname:19 matviewname:19 matviewowner:19 tablespace:19 hasindexes:16 ispopulated:16 definition:25
pg_catalog.pg_namespace oid:26 nspname:19 nspowner:26 nspacl:1034
pg_catalog.pg_opclass oid:26 opcmethod:26 opcname:19 opcnamespace:26 opcowner:26 opcfamily:26 opcintype:26 opcdefault:16 opckeytype:26
pg_catalog.pg_operator oid:26 oprname:19 oprnamespace:26 oprowner:26 oprkind:18 oprcanmerge:16 oprcanhash:16 oprleft:26 oprright:26 oprresult:26 oprcom:26 oprnegate:26 oprcode:24 oprrest:24 oprjoin:24
pg_catalog.pg_opfamily oid:26 opfmethod:26 opfname:19 opfnamespace:26 opfowner:26
pg_catalog.pg_parameter_acl oid:26 parname:25 paracl:1034
pg_catalog.pg_partitioned_table partrelid:26 partstrat:18 partnatts:21 partdefid:26 partattrs:22 partclass:30 partcollation:30 partexprs:194
pg_catalog.pg_policies schemaname:19 tablename:19 policyname:19 permissive:25 roles:1003 cmd:25 qual:25 with_check:25
pg_catalog.pg_policy oid:26 polname:19 polrelid:26 polcmd:18 polpermissive:16 polroles:1028 polqual:194 polwithcheck:194
15 pg_catalog.pg_prepared_statements name:25 statement:25 prepare_time:1184 parameter_types:2211 from_sql:16 generic_plans:20 custom_plans:20
18 pg_catalog.pg_prepared_statements name:25 statement:25 prepare_time:1184 parameter_types:2211 result_types:2211 from_sql:16 generic_plans:20 custom_plans:20
pg_catalog.pg_prepared_xacts transaction:28 gid:25 prepared:1184 owner:19 database:19
pg_catalog.pg_proc oid:26 proname:19 pronamespace:26 proowner:26 prolang:26 procost:700 prorows:700 provariadic:26 prosupport:24 prokind:18 prosecdef:16 proleakproof:16 proisstrict:16 proretset:16 provolatile:18 proparallel:18 pronargs:21 pronargdefaults:21 prorettype:26 proargtypes:30 proallargtypes:1028 proargmodes:1002 proargnames:1009 proargdefaults:194 protrftypes:1028 prosrc:25 probin:25 prosqlbody:194 proconfig:1009 proacl:1034
15 pg_catalog.pg_publication oid:26 pubname:19 pubowner:26 puballtables:16 pubinsert:16 pubupdate:16 pubdelete:16 pubtruncate:16 pubviaroot:16
18 pg_catalog.pg_publication oid:26 pubname:19 pubowner:26 puballtables:16 pubinsert:16 pubupdate:16 pubdelete:16 pubtruncate:16 pubviaroot:16 pubgencols:18
pg_catalog.pg_publication_namespace oid:26 pnpubid:26 pnnspid:26
pg_catalog.pg_publication_rel oid:26 prpubid:26 prrelid:26 prqual:194 prattrs:22
pg_catalog.pg_publication_tables pubname:19 schemaname:19 tablename:19 attnames:1003 rowfilter:25
pg_catalog.pg_range rngtypid:26 rngsubtype:26 rngmultitypid:26 rngcollation:26 rngsubopc:26 rngcanonical:24 rngsubdiff:24
pg_catalog.pg_replication_origin roident:26 roname:25
pg_catalog.pg_replication_origin_status local_id:26 external_id:25 remote_lsn:3220 local_lsn:3220
15 pg_catalog.pg_replication_slots slot_name:19 plugin:19 slot_type:25 datoid:26 database:19 temporary:16 active:16 active_pid:23 xmin:28 catalog_xmin:28 restart_lsn:3220 confirmed_flush_lsn:3220 wal_status:25 safe_wal_size:20 two_phase:16
18 pg_catalog.pg_replication_slots slot_name:19 plugin:19 slot_type:25 datoid:26 database:19 temporary:16 active:16 active_pid:23 xmin:28 catalog_xmin:28 restart_lsn:3220 confirmed_flush_lsn:3220 wal_status:25 safe_wal_size:20 two_phase:16 two_phase_at:3220 inactive_since:1184 conflicting:16 invalidation_reason:25 failover:16 synced:16
pg_catalog.pg_rewrite oid:26 rulename:19 ev_class:26 ev_type:18 ev_enabled:18 is_instead:16 ev_qual:194 ev_action:194
pg_catalog.pg_roles rolname:19 rolsuper:16 rolinherit:16 rolcreaterole:16 rolcreatedb:16 rolcanlogin:16 rolreplication:16 rolconnlimit:23 rolpassword:25 rolvaliduntil:1184 rolbypassrls:16 rolconfig:1009 oid:26
pg_catalog.pg_rules schemaname:19 tablename:19 rulename:19 definition:25
pg_catalog.pg_seclabel objoid:26 classoid:26 objsubid:23 provider:25 label:25
pg_catalog.pg_seclabels objoid:26 classoid:26 objsubid:23 objtype:25 objnamespace:26 objname:25 provider:25 label:25
pg_catalog.pg_sequence seqrelid:26 seqtypid:26 seqstart:20 seqincrement:20 seqmax:20 seqmin:20 seqcache:20 seqcycle:16
pg_catalog.pg_sequences schemaname:19 sequencename:19 sequenceowner:19 data_type:2206 start_value:20 min_value:20 max_value:20 increment_by:20 cycle:16 cache_size:20 last_value:20
pg_catalog.pg_settings name:25 setting:25 unit:25 category:25 short_desc:25 extra_desc:25 context:25 vartype:25 source:25 min_val:25 max_val:25 enumvals:1009 boot_val:25 reset_val:25 sourcefile:25 sourceline:23 pending_restart:16
pg_catalog.pg_shdepend dbid:26 classid:26 objid:26 objsubid:23 refclassid:26 refobjid:26 deptype:18
pg_catalog.pg_shdescription objoid:26 classoid:26 description:25
pg_catalog.pg_shseclabel objoid:26 classoid:26 provider:25 label:25
pg_catalog.pg_stat_activity datid:26 datname:19 pid:23 leader_pid:23 usesysid:26 usename:19 application_name:25 client_addr:869 client_hostname:25 client_port:23 backend_start:1184 xact_start:1184 query_start:1184 state_change:1184 wait_event_type:25 wait_event:25 state:25 backend_xid:28 backend_xmin:28 query_id:20 query:25 backend_type:25
15 pg_catalog.pg_stat_all_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 idx_tup_read:20 idx_tup_fetch:20
18 pg_catalog.pg_stat_all_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 last_idx_scan:1184 idx_tup_read:20 idx_tup_fetch:20
15 pg_catalog.pg_stat_all_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20
18 pg_catalog.pg_stat_all_tables relid:26 schemaname:19 relname:19 seq_scan:20 last_seq_scan:1184 seq_tup_read:20 idx_scan:20 last_idx_scan:1184 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20 total_vacuum_time:701 total_autovacuum_time:701 total_analyze_time:701 total_autoanalyze_time:701
pg_catalog.pg_stat_archiver archived_count:20 last_archived_wal:25 last_archived_time:1184 failed_count:20 last_failed_wal:25 last_failed_time:1184 stats_reset:1184
15 pg_catalog.pg_stat_bgwriter checkpoints_timed:20 checkpoints_req:20 checkpoint_write_time:701 checkpoint_sync_time:701 buffers_checkpoint:20 buffers_clean:20 maxwritten_clean:20 buffers_backend:20 buffers_backend_fsync:20 buffers_alloc:20 stats_reset:1184
18 pg_catalog.pg_stat_bgwriter buffers_clean:20 maxwritten_clean:20 buffers_alloc:20 stats_reset:1184
18 pg_catalog.pg_stat_checkpointer num_timed:20 num_requested:20 num_done:20 restartpoints_timed:20 restartpoints_req:20 restartpoints_done:20 write_time:701 sync_time:701 buffers_written:20 slru_written:20 stats_reset:1184
15 pg_catalog.pg_stat_database datid:26 datname:19 numbackends:23 xact_commit:20 xact_rollback:20 blks_read:20 blks_hit:20 tup_returned:20 tup_fetched:20 tup_inserted:20 tup_updated:20 tup_deleted:20 conflicts:20 temp_files:20 temp_bytes:20 deadlocks:20 checksum_failures:20 checksum_last_failure:1184 blk_read_time:701 blk_write_time:701 session_time:701 active_time:701 idle_in_transaction_time:701 sessions:20 sessions_abandoned:20 sessions_fatal:20 sessions_killed:20 stats_reset:1184
18 pg_catalog.pg_stat_database datid:26 datname:19 numbackends:23 xact_commit:20 xact_rollback:20 blks_read:20 blks_hit:20 tup_returned:20 tup_fetched:20 tup_inserted:20 tup_updated:20 tup_deleted:20 conflicts:20 temp_files:20 temp_bytes:20 deadlocks:20 checksum_failures:20 checksum_last_failure:1184 blk_read_time:701 blk_write_time:701 session_time:701 active_time:701 idle_in_transaction_time:701 sessions:20 sessions_abandoned:20 sessions_fatal:20 sessions_killed:20 parallel_workers_to_launch:20 parallel_workers_launched:20 stats_reset:1184
15 pg_catalog.pg_stat_database_conflicts datid:26 datname:19 confl_tablespace:20 confl_lock:20 confl_snapshot:20 confl_bufferpin:20 confl_deadlock:20
18 pg_catalog.pg_stat_database_conflicts datid:26 datname:19 confl_tablespace:20 confl_lock:20 confl_snapshot:20 confl_bufferpin:20 confl_deadlock:20 confl_active_logicalslot:20
15 pg_catalog.pg_stat_gssapi pid:23 gss_authenticated:16 principal:25 encrypted:16
18 pg_catalog.pg_stat_gssapi pid:23 gss_authenticated:16 principal:25 encrypted:16 credentials_delegated:16
18 pg_catalog.pg_stat_io backend_type:25 object:25 context:25 reads:20 read_bytes:1700 read_time:701 writes:20 write_bytes:1700 write_time:701 writebacks:20 writeback_time:701 extends:20 extend_bytes:1700 extend_time:701 hits:20 evictions:20 reuses:20 fsyncs:20 fsync_time:701 stats_reset:1184
15 pg_catalog.pg_stat_progress_analyze pid:23 datid:26 datname:19 relid:26 phase:25 sample_blks_total:20 sample_blks_scanned:20 ext_stats_total:20 ext_stats_computed:20 child_tables_total:20 child_tables_done:20 current_child_table_relid:26
18 pg_catalog.pg_stat_progress_analyze pid:23 datid:26 datname:19 relid:26 phase:25 sample_blks_total:20 sample_blks_scanned:20 ext_stats_total:20 ext_stats_computed:20 child_tables_total:20 child_tables_done:20 current_child_table_relid:26 delay_time:701
pg_catalog.pg_stat_progress_basebackup pid:23 phase:25 backup_total:20 backup_streamed:20 tablespaces_total:20 tablespaces_streamed:20
pg_catalog.pg_stat_progress_cluster pid:23 datid:26 datname:19 relid:26 command:25 phase:25 cluster_index_relid:26 heap_tuples_scanned:20 heap_tuples_written:20 heap_blks_total:20 heap_blks_scanned:20 index_rebuild_count:20
15 pg_catalog.pg_stat_progress_copy pid:23 datid:26 datname:19 relid:26 command:25 type:25 bytes_processed:20 bytes_total:20 tuples_processed:20 tuples_excluded:20
18 pg_catalog.pg_stat_progress_copy pid:23 datid:26 datname:19 relid:26 command:25 type:25 bytes_processed:20 bytes_total:20 tuples_processed:20 tuples_excluded:20 tuples_skipped:20
pg_catalog.pg_stat_progress_create_index pid:23 datid:26 datname:19 relid:26 index_relid:26 command:25 phase:25 lockers_total:20 lockers_done:20 current_locker_pid:20 blocks_total:20 blocks_done:20 tuples_total:20 tuples_done:20 partitions_total:20 partitions_done:20
15 pg_catalog.pg_stat_progress_vacuum pid:23 datid:26 datname:19 relid:26 phase:25 heap_blks_total:20 heap_blks_scanned:20 heap_blks_vacuumed:20 index_vacuum_count:20 max_dead_tuples:20 num_dead_tuples:20
18 pg_catalog.pg_stat_progress_vacuum pid:23 datid:26 datname:19 relid:26 phase:25 heap_blks_total:20 heap_blks_scanned:20 heap_blks_vacuumed:20 index_vacuum_count:20 max_dead_tuple_bytes:20 dead_tuple_bytes:20 num_dead_item_ids:20 indexes_total:20 indexes_processed:20 delay_time:701
pg_catalog.pg_stat_recovery_prefetch stats_reset:1184 prefetch:20 hit:20 skip_init:20 skip_new:20 skip_fpw:20 skip_rep:20 wal_distance:23 block_distance:23 io_depth:23
pg_catalog.pg_stat_replication pid:23 usesysid:26 usename:19 application_name:25 client_addr:869 client_hostname:25 client_port:23 backend_start:1184 backend_xmin:28 state:25 sent_lsn:3220 write_lsn:3220 flush_lsn:3220 replay_lsn:3220 write_lag:1186 flush_lag:1186 replay_lag:1186 sync_priority:23 sync_state:25 reply_time:1184
pg_catalog.pg_stat_replication_slots slot_name:25 spill_txns:20 spill_count:20 spill_bytes:20 stream_txns:20 stream_count:20 stream_bytes:20 total_txns:20 total_bytes:20 stats_reset:1184
pg_catalog.pg_stat_slru name:25 blks_zeroed:20 blks_hit:20 blks_read:20 blks_written:20 blks_exists:20 flushes:20 truncates:20 stats_reset:1184
pg_catalog.pg_stat_ssl pid:23 ssl:16 version:25 cipher:25 bits:23 client_dn:25 client_serial:1700 issuer_dn:25
15 pg_catalog.pg_stat_subscription subid:26 subname:19 pid:23 relid:26 received_lsn:3220 last_msg_send_time:1184 last_msg_receipt_time:1184 latest_end_lsn:3220 latest_end_time:1184
18 pg_catalog.pg_stat_subscription subid:26 subname:19 worker_type:25 pid:23 leader_pid:23 relid:26 received_lsn:3220 last_msg_send_time:1184 last_msg_receipt_time:1184 latest_end_lsn:3220 latest_end_time:1184
15 pg_catalog.pg_stat_subscription_stats subid:26 subname:19 apply_error_count:20 sync_error_count:20 stats_reset:1184
18 pg_catalog.pg_stat_subscription_stats subid:26 subname:19 apply_error_count:20 sync_error_count:20 confl_insert_exists:20 confl_update_origin_differs:20 confl_update_exists:20 confl_update_missing:20 confl_delete_origin_differs:20 confl_delete_missing:20 confl_multiple_unique_conflicts:20 stats_reset:1184
15 pg_catalog.pg_stat_sys_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 idx_tup_read:20 idx_tup_fetch:20
18 pg_catalog.pg_stat_sys_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 last_idx_scan:1184 idx_tup_read:20 idx_tup_fetch:20
15 pg_catalog.pg_stat_sys_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20
18 pg_catalog.pg_stat_sys_tables relid:26 schemaname:19 relname:19 seq_scan:20 last_seq_scan:1184 seq_tup_read:20 idx_scan:20 last_idx_scan:1184 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20 total_vacuum_time:701 total_autovacuum_time:701 total_analyze_time:701 total_autoanalyze_time:701
pg_catalog.pg_stat_user_functions funcid:26 schemaname:19 funcname:19 calls:20 total_time:701 self_time:701
15 pg_catalog.pg_stat_user_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 idx_tup_read:20 idx_tup_fetch:20
18 pg_catalog.pg_stat_user_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_scan:20 last_idx_scan:1184 idx_tup_read:20 idx_tup_fetch:20
15 pg_catalog.pg_stat_user_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20
18 pg_catalog.pg_stat_user_tables relid:26 schemaname:19 relname:19 seq_scan:20 last_seq_scan:1184 seq_tup_read:20 idx_scan:20 last_idx_scan:1184 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20 n_live_tup:20 n_dead_tup:20 n_mod_since_analyze:20 n_ins_since_vacuum:20 last_vacuum:1184 last_autovacuum:1184 last_analyze:1184 last_autoanalyze:1184 vacuum_count:20 autovacuum_count:20 analyze_count:20 autoanalyze_count:20 total_vacuum_time:701 total_autovacuum_time:701 total_analyze_time:701 total_autoanalyze_time:701
15 pg_catalog.pg_stat_wal wal_records:20 wal_fpi:20 wal_bytes:1700 wal_buffers_full:20 wal_write:20 wal_sync:20 wal_write_time:701 wal_sync_time:701 stats_reset:1184
18 pg_catalog.pg_stat_wal wal_records:20 wal_fpi:20 wal_bytes:1700 wal_buffers_full:20 stats_reset:1184
pg_catalog.pg_stat_wal_receiver pid:23 status:25 receive_start_lsn:3220 receive_start_tli:23 written_lsn:3220 flushed_lsn:3220 received_tli:23 last_msg_send_time:1184 last_msg_receipt_time:1184 latest_end_lsn:3220 latest_end_time:1184 slot_name:25 sender_host:25 sender_port:23 conninfo:25
15 pg_catalog.pg_stat_xact_all_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20
18 pg_catalog.pg_stat_xact_all_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20
15 pg_catalog.pg_stat_xact_sys_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20
18 pg_catalog.pg_stat_xact_sys_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20
pg_catalog.pg_stat_xact_user_functions funcid:26 schemaname:19 funcname:19 calls:20 total_time:701 self_time:701
15 pg_catalog.pg_stat_xact_user_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20
18 pg_catalog.pg_stat_xact_user_tables relid:26 schemaname:19 relname:19 seq_scan:20 seq_tup_read:20 idx_scan:20 idx_tup_fetch:20 n_tup_ins:20 n_tup_upd:20 n_tup_del:20 n_tup_hot_upd:20 n_tup_newpage_upd:20
pg_catalog.pg_statio_all_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_blks_read:20 idx_blks_hit:20
pg_catalog.pg_statio_all_sequences relid:26 schemaname:19 relname:19 blks_read:20 blks_hit:20
pg_catalog.pg_statio_all_tables relid:26 schemaname:19 relname:19 heap_blks_read:20 heap_blks_hit:20 idx_blks_read:20 idx_blks_hit:20 toast_blks_read:20 toast_blks_hit:20 tidx_blks_read:20 tidx_blks_hit:20
pg_catalog.pg_statio_sys_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_blks_read:20 idx_blks_hit:20
pg_catalog.pg_statio_sys_sequences relid:26 schemaname:19 relname:19 blks_read:20 blks_hit:20
pg_catalog.pg_statio_sys_tables relid:26 schemaname:19 relname:19 heap_blks_read:20 heap_blks_hit:20 idx_blks_read:20 idx_blks_hit:20 toast_blks_read:20 toast_blks_hit:20 tidx_blks_read:20 tidx_blks_hit:20
pg_catalog.pg_statio_user_indexes relid:26 indexrelid:26 schemaname:19 relname:19 indexrelname:19 idx_blks_read:20 idx_blks_hit:20
pg_catalog.pg_statio_user_sequences relid:26 schemaname:19 relname:19 blks_read:20 blks_hit:20
pg_catalog.pg_statio_user_tables relid:26 schemaname:19 relname:19 heap_blks_read:20 heap_blks_hit:20 idx_blks_read:20 idx_blks_hit:20 toast_blks_read:20 toast_blks_hit:20 tidx_blks_read:20 tidx_blks_hit:20
15 pg_catalog.pg_statistic_ext oid:26 stxrelid:26 stxname:19 stxnamespace:26 stxowner:26 stxstattarget:23 stxkeys:22 stxkind:1002 stxexprs:194
18 pg_catalog.pg_statistic_ext oid:26 stxrelid:26 stxname:19 stxnamespace:26 stxowner:26 stxkeys:22 stxstattarget:21 stxkind:1002 stxexprs:194
15 pg_catalog.pg_stats schemaname:19 tablename:19 attname:19 inherited:16 null_frac:700 avg_width:23 n_distinct:700 most_common_vals:2277 most_common_freqs:1021 histogram_bounds:2277 correlation:700 most_common_elems:2277 most_common_elem_freqs:1021 elem_count_histogram:1021
18 pg_catalog.pg_stats schemaname:19 tablename:19 attname:19 inherited:16 null_frac:700 avg_width:23 n_distinct:700 most_common_vals:2277 most_common_freqs:1021 histogram_bounds:2277 correlation:700 most_common_elems:2277 most_common_elem_freqs:1021 elem_count_histogram:1021 range_length_histogram:2277 range_empty_frac:700 range_bounds_histogram:2277
pg_catalog.pg_stats_ext schemaname:19 tablename:19 statistics_schemaname:19 statistics_name:19 statistics_owner:19 attnames:1003 exprs:1009 kinds:1002 inherited:16 n_distinct:3361 dependencies:3402 most_common_vals:1009 most_common_val_nulls:1000 most_common_freqs:1022 most_common_base_freqs:1022
pg_catalog.pg_stats_ext_exprs schemaname:19 tablename:19 statistics_schemaname:19 statistics_name:19 statistics_owner:19 expr:25 inherited:16 null_frac:700 avg_width:23 n_distinct:700 most_common_vals:2277 most_common_freqs:1021 histogram_bounds:2277 correlation:700 most_common_elems:2277 most_common_elem_freqs:1021 elem_count_histogram:1021
15 pg_catalog.pg_subscription oid:26 subdbid:26 subskiplsn:3220 subname:19 subowner:26 subenabled:16 subbinary:16 substream:16 subtwophasestate:18 subdisableonerr:16 subslotname:19 subsynccommit:25 subpublications:1009
18 pg_catalog.pg_subscription oid:26 subdbid:26 subskiplsn:3220 subname:19 subowner:26 subenabled:16 subbinary:16 substream:18 subtwophasestate:18 subdisableonerr:16 subpasswordrequired:16 subrunasowner:16 subfailover:16 subslotname:19 subsynccommit:25 subpublications:1009 suborigin:25
pg_catalog.pg_tables schemaname:19 tablename:19 tableowner:19 tablespace:19 hasindexes:16 hasrules:16 hastriggers:16 rowsecurity:16
pg_catalog.pg_tablespace oid:26 spcname:19 spcowner:26 spcacl:1034 spcoptions:1009
pg_catalog.pg_timezone_abbrevs abbrev:25 utc_offset:1186 is_dst:16
pg_catalog.pg_timezone_names name:25 abbrev:25 utc_offset:1186 is_dst:16
pg_catalog.pg_transform oid:26 trftype:26 trflang:26 trffromsql:24 trftosql:24
pg_catalog.pg_trigger oid:26 tgrelid:26 tgparentid:26 tgname:19 tgfoid:26 tgtype:21 tgenabled:18 tgisinternal:16 tgconstrrelid:26 tgconstrindid:26 tgconstraint:26 tgdeferrable:16 tginitdeferred:16 tgnargs:21 tgattr:22 tgargs:17 tgqual:194 tgoldtable:19 tgnewtable:19
pg_catalog.pg_ts_config oid:26 cfgname:19 cfgnamespace:26 cfgowner:26 cfgparser:26
pg_catalog.pg_ts_config_map mapcfg:26 maptokentype:23 mapseqno:23 mapdict:26
pg_catalog.pg_ts_dict oid:26 dictname:19 dictnamespace:26 dictowner:26 dicttemplate:26 dictinitoption:25
pg_catalog.pg_ts_parser oid:26 prsname:19 prsnamespace:26 prsstart:24 prstoken:24 prsend:24 prsheadline:24 prslextype:24
pg_catalog.pg_ts_template oid:26 tmplname:19 tmplnamespace:26 tmplinit:24 tmpllexize:24
pg_catalog.pg_type oid:26 typname:19 typnamespace:26 typowner:26 typlen:21 typbyval:16 typtype:18 typcategory:18 typispreferred:16 typisdefined:16 typdelim:18 typrelid:26 typsubscript:24 typelem:26 typarray:26 typinput:24 typoutput:24 typreceive:24 typsend:24 typmodin:24 typmodout:24 typanalyze:24 typalign:18 typstorage:18 typnotnull:16 typbasetype:26 typtypmod:23 typndims:23 typcollation:26 typdefaultbin:194 typdefault:25 typacl:1034
pg_catalog.pg_user usename:19 usesysid:26 usecreatedb:16 usesuper:16 userepl:16 usebypassrls:16 passwd:25 valuntil:1184 useconfig:1009
pg_catalog.pg_views schemaname:19 viewname:19 viewowner:19 definition:25
`;
