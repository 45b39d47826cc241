select id, record from collector.dbt_node where target = $1 and kind = 'test' and id = any($2)
