select count(*)::integer as items, coalesce(sum(bytes), 0)::bigint as bytes from operator.quarantined
