-- Run as the gate role: what it is beside its rights on objects.
select
  r.rolsuper as superuser,
  r.rolcreaterole as "createRole",
  r.rolcreatedb as "createDatabase",
  r.rolbypassrls as "bypassRls",
  r.rolreplication as replication,
  has_database_privilege(current_database(), 'CREATE') as "createSchema",
  has_database_privilege(current_database(), 'TEMPORARY') as temporary,
  current_database() as database,
  current_setting('default_transaction_read_only') as "readOnly",
  array(
    select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid order by 1
  ) as memberships
from pg_roles r
where r.rolname = current_user
