insert into collector.dbt_node as n (target, project, id, kind, record)
select $1, $2, id, kind, record from dbt_staged
on conflict (target, project, id) do update set record = excluded.record, kind = excluded.kind
where n.record <> excluded.record
