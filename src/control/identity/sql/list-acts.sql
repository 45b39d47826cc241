select number::text as number, at, actor_id, actor_name, action, target, after, request_id, address
from identity.act
where ($1::bigint is null or number < $1::bigint)
  and ($2::text is null or actor_name = $2)
  and ($3::text is null or action = $3)
order by act.number desc
limit $4
