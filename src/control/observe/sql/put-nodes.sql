insert into observe.node as n (plane, warehouse, project, node, resource, name, asset_id, description, owners, tags,
  depends_on, exposure, columns, rows, revision)
select $1, $2, $3, x.node, x.resource, x.name, x.asset_id, x.description, array(select jsonb_array_elements_text(x.owners)),
  array(select jsonb_array_elements_text(x.tags)), array(select jsonb_array_elements_text(x.depends_on)), x.exposure,
  x.columns, x.rows, $4
from jsonb_to_recordset($5::jsonb) as x(node text, resource text, name text, asset_id bigint, description text, owners jsonb,
  tags jsonb, depends_on jsonb, exposure jsonb, columns jsonb, rows bigint)
on conflict (plane, warehouse, project, node) do update set resource = excluded.resource, name = excluded.name,
  asset_id = excluded.asset_id, description = excluded.description, owners = excluded.owners, tags = excluded.tags,
  depends_on = excluded.depends_on, exposure = excluded.exposure, columns = excluded.columns,
  rows = coalesce(excluded.rows, n.rows), revision = excluded.revision
where n.revision <= excluded.revision
