update observe.asset set removed_at = $2 where id = any ($1::bigint[])
