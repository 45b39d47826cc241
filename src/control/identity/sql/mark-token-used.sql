update identity.token set last_used_at = $2 where id = $1
