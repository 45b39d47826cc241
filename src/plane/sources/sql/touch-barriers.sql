insert into sources.barrier (system_id, name, used_at_ms)
select $1, name, $3 from unnest($2::text[]) as t (name)
on conflict (system_id, name) do update set used_at_ms = greatest(sources.barrier.used_at_ms, excluded.used_at_ms)
