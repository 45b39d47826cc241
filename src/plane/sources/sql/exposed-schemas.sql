-- Run as the gate role: schemas it may create in.
select n.nspname as schema
from pg_namespace n
where has_schema_privilege(n.oid, 'CREATE') and n.nspname !~ '^pg_(temp|toast_temp)_'
order by n.nspname collate "C"
