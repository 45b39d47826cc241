select s.id::text as id, array_agg(p.at_ms order by p.at_ms) as at_ms, array_agg(p.value order by p.at_ms) as values
from unnest($1::bigint[]) as s(id)
cross join lateral (
  select (extract(epoch from at) * 1000)::double precision as at_ms, value from observe.point
  where series_id = s.id
  order by at desc
  limit $2) as p
group by s.id
