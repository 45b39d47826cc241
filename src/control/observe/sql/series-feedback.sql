select series_id::text as id, kind, (extract(epoch from from_at) * 1000)::double precision as from_ms,
  (extract(epoch from to_at) * 1000)::double precision as to_ms
from observe.feedback
where series_id = any ($1::bigint[])
order by number
