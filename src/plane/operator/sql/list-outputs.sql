select o.id, o.grant_id, g.operator, o.view, o.rows, o.at_ms, o.digest, o.leaf
from operator.output o join operator."grant" g on g.id = o.grant_id
where ($1::text is null or o.grant_id = $1) and ($2::text is null or o.id < $2)
order by o.id desc limit $3
