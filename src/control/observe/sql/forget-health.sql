delete from observe.health_day where day < $1::date
