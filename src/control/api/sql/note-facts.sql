update identity.plane set facts_through = $2, seen_at = $3 where name = $1
