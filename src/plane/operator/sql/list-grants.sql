select g.*, coalesce((select json_agg(json_build_object('by', a.approver, 'leaf', a.leaf) order by a.leaf)
  from operator.approval a where a.grant_id = g.id), '[]') as approvals
from operator."grant" g
where ($1::text is null or g.operator = $1) and ($2::text is null or g.id = $2)
order by g.id desc
limit $3
