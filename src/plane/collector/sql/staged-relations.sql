-- Every relation of the project as it is staged, with its columns in order where a catalog artifact told them.
select s.id, s.record -> 'table' as relation, s.record -> 'dependsOn' as depends_on, s.code is not null as compiled,
  n.stats -> 'order' as columns
from dbt_staged s
left join collector.dbt_node n on n.target = $1 and n.project = $2 and n.id = s.id
where s.kind = 'node'
