select c.name as "column", coalesce(sum(u.statements), 0)::float8 as statements, coalesce(sum(u.masked), 0)::float8 as masked
from catalog.source_column c
left join observe.usage_column u on u.source_id = c.source_id and u.column_name = c.name
  and u.day >= ($2::timestamptz at time zone 'UTC')::date
where c.source_id = $1
group by c.name, c.position
order by c.position
