insert into observe.usage_column as u (day, source_id, column_name, statements, masked)
select ($1::timestamptz at time zone 'UTC')::date, x.source_id, x.name, 1, max(x.masked)
from jsonb_to_recordset($2::jsonb) as x(source_id text, name text, masked bigint)
group by x.source_id, x.name
order by x.source_id, x.name
on conflict (day, source_id, column_name) do update set statements = u.statements + 1, masked = u.masked + excluded.masked
