select
  current_setting('server_version_num')::integer as version,
  current_user as role,
  r.rolsuper as superuser,
  r.rolcreaterole as "createRole",
  r.rolbypassrls as "bypassRls",
  r.rolreplication as replication,
  has_database_privilege(current_database(), 'CREATE') as "createSchema",
  has_database_privilege(current_database(), 'TEMPORARY') as temporary,
  pg_is_in_recovery() as standby
from pg_roles r
where r.rolname = current_user
