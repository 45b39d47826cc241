delete from observe.usage_day where day < $1::date
