update observe.series s set settings = $2::jsonb, version = s.version + 1,
  waiting_from = least(s.waiting_from, (select max(at) from observe.point p where p.series_id = s.id))
where s.id = $1
