-- Run as the gate role: functions of users it may call, and functions of the server that reach past SQL's rights.
select
  n.nspname as schema,
  p.proname as name,
  pg_get_function_identity_arguments(p.oid) as arguments,
  p.prokind as kind,
  p.prosecdef as definer,
  n.nspname = 'pg_catalog' as system,
  (
    select e.extname
    from pg_depend d
    join pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
  ) as extension
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where has_function_privilege(p.oid, 'EXECUTE')
  and has_schema_privilege(n.oid, 'USAGE')
  and (
    (n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(temp|toast_temp)_')
    or (n.nspname = 'pg_catalog' and (
      p.proname in ('lo_import', 'lo_export', 'pg_stat_file', 'pg_promote', 'pg_reload_conf')
      or p.proname ~ '^pg_(read_(binary_)?file|ls_[a-z_]*dir)$'
    ))
  )
order by n.nspname collate "C", p.proname collate "C", p.oid
limit 10000
