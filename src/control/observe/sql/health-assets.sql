-- Every table there is: those registered as sources, and those only collectors told of.
select coalesce(a.id::text, s.id) as id,
  coalesce(nullif(concat_ws('.', a.warehouse, nullif(a.schema_name, ''), a.table_name), ''), y.name || '.' || s.schema || '.' || s.name) as place,
  s.id as source_id,
  array(select distinct o from (
      select p.name as o from catalog.owner w join identity.subject p on p.id = w.subject_id where w.source_id = s.id
      union select unnest(n.owners) from observe.node n where n.asset_id = a.id) as owners(o) order by o) as owners,
  coalesce(a.columns, (select count(*)::int from catalog.source_column c where c.source_id = s.id)) as columns,
  greatest(coalesce(a.columns_tested, 0), (select count(distinct t.column_name)::int from observe.test t
    where t.asset_id = a.id and t.column_name <> '' and t.removed_at is null)) as columns_tested,
  coalesce(s.description <> '' or s.comment <> '', false)
    or exists (select from observe.node n where n.asset_id = a.id and n.description <> '') as described,
  coalesce(a.monitors + a.tests > 0, false) as monitored
from (select * from observe.asset where table_name <> '' and removed_at is null) a
left join observe.asset_source l on l.asset_id = a.id
full join (
  select s.* from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id and y.state = 'active'
  where s.state <> 'removed') s on s.id = l.source_id
left join catalog.system y on y.plane = s.plane and y.id = s.system_id
order by place
