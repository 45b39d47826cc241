select token_sha256 from egress.workload where name = $1
