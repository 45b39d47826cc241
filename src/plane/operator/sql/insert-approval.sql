insert into operator.approval (grant_id, approver, at_ms, leaf) values ($1, $2, $3, $4)
