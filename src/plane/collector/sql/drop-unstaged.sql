delete from collector.dbt_node n where n.target = $1 and n.project = $2
  and not exists (select from dbt_staged s where s.id = n.id)
returning id, kind
