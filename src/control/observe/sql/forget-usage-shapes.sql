delete from observe.usage_shape where day < $1::date
