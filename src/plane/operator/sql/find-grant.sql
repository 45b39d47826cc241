select g.*, coalesce((select json_agg(json_build_object('by', a.approver, 'leaf', a.leaf) order by a.leaf)
  from operator.approval a where a.grant_id = g.id), '[]') as approvals
from operator."grant" g where g.id = $1
for update of g
