select n.plane, n.warehouse, n.project, n.node, n.resource, n.name, n.asset_id::text as asset_id,
  concat_ws('.', a.warehouse, nullif(a.schema_name, ''), a.table_name) as asset_name, n.owners, n.depends_on
from observe.node n left join observe.asset a on a.id = n.asset_id
