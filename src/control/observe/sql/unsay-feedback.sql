with unsaid as (
  delete from observe.feedback
  where series_id = $1 and number = (select max(number) from observe.feedback where series_id = $1)
  returning from_at
)
update observe.series s set version = s.version + 1, waiting_from = least(s.waiting_from, u.from_at)
from unsaid u
where s.id = $1
