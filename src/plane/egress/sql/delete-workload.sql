delete from egress.workload where name = $1
