update collector.dbt_node n set stats = t.stats
from unnest($2::text[], $3::jsonb[]) as t(id, stats)
where n.target = $1 and n.id = t.id and n.kind = 'node'
