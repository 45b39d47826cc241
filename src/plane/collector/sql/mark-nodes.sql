update collector.dbt_node n set told_digest = t.digest
from unnest($3::text[], $4::text[]) as t(id, digest)
where n.target = $1 and n.project = $2 and n.id = t.id
