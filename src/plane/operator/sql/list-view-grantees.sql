select distinct acl.grantee::regrole::text as role
from (
  select n.nspacl as acl from pg_namespace n where n.nspname = 'ops'
  union all
  select c.relacl from pg_class c where c.relnamespace = 'ops'::regnamespace
  union all
  select a.attacl from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'ops'::regnamespace
) granted
cross join lateral aclexplode(granted.acl) acl
where acl.grantee <> 0 and acl.grantee <> current_user::regrole
