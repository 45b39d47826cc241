select family, kind, name, authored::text, text, json, revision::text, at, by_name
from (
  select distinct on (d.family, d.name) d.*, r.at, r.by_name
  from access.document d join access.revision r on r.number = d.revision
  where d.revision <= $1
  order by d.family, d.name, d.revision desc
) newest
where not removed
order by family, authored, name
