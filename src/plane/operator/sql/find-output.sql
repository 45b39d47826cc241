select o.id, o.grant_id, g.operator, o.view, o.rows, o.at_ms, o.digest, o.leaf, o.sealed
from operator.output o join operator."grant" g on g.id = o.grant_id where o.id = $1
