insert into dbt_staged (id, kind, record, code)
select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::text[])
on conflict (id) do update set record = excluded.record, code = excluded.code
