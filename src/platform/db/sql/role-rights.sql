-- What the role of this connection can do beyond owning what is its own, asked of the server as that role itself, so that
-- rights of PUBLIC and of memberships count. One row a right; `take_away` is the statement that ends it.
with me as (
  select r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls
  from pg_roles r where r.rolname = current_user
),
own_schema as (
  select n.oid, n.nspname from pg_namespace n, me where n.nspowner = me.oid
)
select 'attribute' as kind, a.name as object, a.name as "right",
  format('alter role %I no%s', me.rolname, a.name) as take_away
from me, lateral (values
  ('superuser', me.rolsuper), ('createrole', me.rolcreaterole), ('createdb', me.rolcreatedb),
  ('replication', me.rolreplication), ('bypassrls', me.rolbypassrls)) as a (name, has)
where a.has
union all
-- A superuser is a member of everything, which is said once above.
select 'membership', r.rolname, 'member', format('revoke %I from %I', r.rolname, me.rolname)
from pg_roles r, me
where not me.rolsuper and r.oid <> me.oid and pg_has_role(me.oid, r.oid, 'member') and r.rolname <> 'pg_database_owner'
union all
select 'database', d.datname, 'connect', format('revoke connect on database %I from public, %I', d.datname, me.rolname)
from pg_database d, me
where not me.rolsuper and d.datname <> current_database() and d.datallowconn and d.datname not in ('template0', 'template1')
  and has_database_privilege(d.datname, 'connect')
union all
select 'schema', n.nspname, 'create', format('revoke create on schema %I from public, %I', n.nspname, me.rolname)
from pg_namespace n, me
where not me.rolsuper and n.oid not in (select oid from own_schema) and n.nspname !~ '^pg_(toast_)?temp_'
  and has_schema_privilege(n.oid, 'create')
  -- The owner of a database may create in `public` since PostgreSQL 15; it is that role's own database.
  and not (n.nspname = 'public' and pg_get_userbyid(n.nspowner) = 'pg_database_owner')
union all
select 'relation', format('%I.%I', n.nspname, c.relname), lower(p.name),
  format('revoke all on %I.%I from public, %I', n.nspname, c.relname, me.rolname)
from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  cross join me
  cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) as p (name)
where not me.rolsuper and c.relowner <> me.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, p.name)
union all
-- Functions that act as their owner, and those of the server that reach files, programs and other servers.
select 'function', p.oid::regprocedure::text, 'execute',
  format('revoke execute on function %s from public, %I', p.oid::regprocedure, me.rolname)
from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  cross join me
where not me.rolsuper and p.proowner <> me.oid and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
  and (p.prosecdef
    or p.proname ~ '^(pg_read_(binary_)?file|pg_ls_(dir|logdir|waldir|tmpdir|archive_statusdir)|pg_stat_file|lo_import|lo_export|dblink.*|pg_file_(write|read|rename|unlink))$')
union all
select 'foreign-server', s.srvname, 'usage', format('revoke usage on foreign server %I from public, %I', s.srvname, me.rolname)
from pg_foreign_server s, me
where not me.rolsuper and s.srvowner <> me.oid and has_server_privilege(s.oid, 'usage')
union all
select 'language', l.lanname, 'usage', format('revoke usage on language %I from public, %I', l.lanname, me.rolname)
from pg_language l, me
where not me.rolsuper and not l.lanpltrusted and l.lanispl and has_language_privilege(l.oid, 'usage')
union all
-- Rights on things that are not there yet.
select 'default', coalesce(n.nspname, 'any schema'), a.privilege_type,
  format('alter default privileges for role %I %s revoke all on %s from %s', pg_get_userbyid(d.defaclrole),
    case when n.nspname is null then '' else format('in schema %I', n.nspname) end,
    case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end,
    case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
from pg_default_acl d
  left join pg_namespace n on n.oid = d.defaclnamespace
  cross join lateral aclexplode(d.defaclacl) as a
  cross join me
where not me.rolsuper and d.defaclrole <> me.oid and (a.grantee = 0 or pg_has_role(me.oid, a.grantee, 'usage'))
order by 1, 2, 3
