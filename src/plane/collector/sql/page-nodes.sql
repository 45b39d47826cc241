select id, kind, record, stats, told_digest from collector.dbt_node
where target = $1 and project = $2 and id > $3 order by id limit $4
