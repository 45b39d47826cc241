insert into egress.workload (name, token_sha256, added_by, added_at_ms)
select $1, $2, $3, $4 where (select count(*) from egress.workload) < $5
on conflict do nothing
