insert into observe.test as t (plane, test, name, check_kind, dimension, asset_id, column_name, node, severity, owners, tags,
  status, at)
select distinct on (x.test) $1, x.test, x.name, x.check_kind, x.dimension, x.asset_id, x.column_name, x.node, x.severity,
  array(select jsonb_array_elements_text(x.owners)), array(select jsonb_array_elements_text(x.tags)), x.status, x.at
from jsonb_to_recordset($2::jsonb) as x(test text, name text, check_kind text, dimension text, asset_id bigint,
  column_name text, node text, severity text, owners jsonb, tags jsonb, status text, at timestamptz)
order by x.test, x.at desc nulls last
on conflict (plane, test) do update set name = excluded.name, check_kind = excluded.check_kind, dimension = excluded.dimension,
  asset_id = coalesce(excluded.asset_id, t.asset_id), column_name = excluded.column_name,
  node = coalesce(excluded.node, t.node), severity = excluded.severity, owners = excluded.owners, tags = excluded.tags,
  status = coalesce(excluded.status, t.status), at = coalesce(excluded.at, t.at), removed_at = null
where excluded.at is null or t.at is null or t.at < excluded.at
