select d.kind, d.revision::text, d.text, d.removed, r.at, r.by_name, r.message
from access.document d join access.revision r on r.number = d.revision
where d.family = $1 and d.name = $2
order by d.revision desc
limit $3
