select to_char(day, 'YYYY-MM-DD') as day, round(avg(score)::numeric, 1)::float8 as score
from observe.health_day where day >= ($1::timestamptz at time zone 'UTC')::date
group by day order by day
