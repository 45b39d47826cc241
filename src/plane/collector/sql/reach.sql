-- Everything the role can reach beside what every role of a fresh database can. USAGE on a schema is left out: without a
-- right on what is in it, it reaches nothing.
with me as (
  select oid, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_catalog.pg_roles where rolname = current_user
),
relations as (
  select c.oid, n.nspname, c.relname, c.relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_toast|^pg_temp' and n.nspname <> 'information_schema'
    and (n.nspname <> 'pg_catalog' or c.relname in ('pg_authid', 'pg_shadow', 'pg_statistic', 'pg_user_mapping', 'pg_largeobject',
      'pg_subscription', 'pg_hba_file_rules', 'pg_file_settings', 'pg_statistic_ext_data'))
),
privileges(privilege) as (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER'))
select 'attribute' as kind, a.name, 'HAS' as privilege, null as schema_name, null as relation_name
from me, lateral (values ('superuser', rolsuper), ('createrole', rolcreaterole), ('createdb', rolcreatedb),
  ('replication', rolreplication), ('bypassrls', rolbypassrls)) as a(name, has)
where a.has
union all
select 'role', r.rolname::text, 'MEMBER', null, null
from pg_catalog.pg_roles r, me
where r.oid <> me.oid and not me.rolsuper and pg_catalog.pg_has_role(me.oid, r.oid, 'MEMBER')
union all
select 'database', current_database()::text, 'CREATE', null, null
from me where pg_catalog.has_database_privilege(me.oid, current_database(), 'CREATE')
union all
select 'schema', n.nspname::text, 'CREATE', n.nspname::text, null
from pg_catalog.pg_namespace n, me
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and pg_catalog.has_schema_privilege(me.oid, n.oid, 'CREATE')
union all
select 'relation', r.nspname || '.' || r.relname, p.privilege, r.nspname::text, r.relname::text
from relations r, privileges p, me
where case when r.relkind = 'S' then p.privilege in ('SELECT', 'UPDATE') and pg_catalog.has_sequence_privilege(me.oid, r.oid, p.privilege)
  else pg_catalog.has_table_privilege(me.oid, r.oid, p.privilege) end
union all
select 'column', r.nspname || '.' || r.relname, p.privilege, r.nspname::text, r.relname::text
from relations r, privileges p, me
where r.relkind <> 'S' and r.nspname <> 'pg_catalog' and p.privilege in ('SELECT', 'INSERT', 'UPDATE')
  and not pg_catalog.has_table_privilege(me.oid, r.oid, p.privilege)
  and pg_catalog.has_any_column_privilege(me.oid, r.oid, p.privilege)
union all
select 'function', n.nspname || '.' || f.proname, 'EXECUTE', n.nspname::text, null
from pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace, me
where pg_catalog.has_function_privilege(me.oid, f.oid, 'EXECUTE')
  and ((f.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and pg_catalog.has_schema_privilege(me.oid, n.oid, 'USAGE'))
    or (n.nspname = 'pg_catalog' and f.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'lo_import', 'lo_export')))
union all
select 'function', 'server ' || s.srvname, 'USAGE', null, null
from pg_catalog.pg_foreign_server s, me
where pg_catalog.has_server_privilege(me.oid, s.oid, 'USAGE')
limit 10000
