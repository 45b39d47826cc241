delete from observe.usage_column where day < $1::date
