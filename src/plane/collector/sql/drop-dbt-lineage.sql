-- Of nodes that are gone; one that is there without its compiled SQL keeps what was told of it.
delete from collector.dbt_lineage l where l.target = $1 and l.project = $2
  and not exists (select from dbt_staged s where s.id = l.id)
returning relation
