delete from egress.rule where id = $1 returning id
