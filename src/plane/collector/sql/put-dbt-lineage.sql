insert into collector.dbt_lineage as l (target, project, id, relation, digest)
select $1, $2, * from unnest($3::text[], $4::jsonb[], $5::text[])
on conflict (target, project, id) do update set relation = excluded.relation, digest = excluded.digest
where l.digest <> excluded.digest
returning id
