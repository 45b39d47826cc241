with said as (
  insert into observe.feedback (series_id, kind, from_at, to_at, by_name, at) values ($1, $2, $3, $4, $5, $6)
)
update observe.series s set version = s.version + 1, waiting_from = least(s.waiting_from, $3,
  (select max(at) from observe.point p where p.series_id = s.id))
where s.id = $1
