insert into dbt_staged (id, kind, record)
select * from unnest($1::text[], $2::text[], $3::jsonb[])
on conflict (id) do update set record = excluded.record
