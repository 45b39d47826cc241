delete from egress.rule where system_id = $1 and id is distinct from $2 returning id
