insert into egress.rule
  (id, origin, workload, host, port, purpose, networks, expires_at_ms, added_by, added_at_ms)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 where (select count(*) from egress.rule) < $11
