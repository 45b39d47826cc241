-- No row for a manifest that is older than the last one taken.
insert into collector.dbt_project as p (target, project, revision, generated_ms) values ($1, $2, 1, $3)
on conflict (target, project) do update set revision = p.revision + 1, generated_ms = excluded.generated_ms
where p.generated_ms <= excluded.generated_ms
returning revision
