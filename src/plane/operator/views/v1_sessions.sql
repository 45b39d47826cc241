select a.usename as role, a.application_name as program, count(*) as connections
from pg_stat_activity a where a.datname = current_database()
group by a.usename, a.application_name order by a.usename, a.application_name
