select r.number::text, r.at, r.by_name, r.message,
  count(d.name) filter (where not d.removed)::integer as changed,
  count(d.name) filter (where d.removed)::integer as removed
from access.revision r left join access.document d on d.revision = r.number
group by r.number
order by r.number desc
limit $1
