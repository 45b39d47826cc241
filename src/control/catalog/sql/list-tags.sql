select t.name, t.description, t.sensitive, t.built_in,
  (select count(*)::int from catalog.tagging g where g.tag = t.name and g.column_name = '') as sources,
  (select count(*)::int from catalog.tagging g where g.tag = t.name and g.column_name <> '') as columns
from catalog.tag t
where $1::text is null or t.name = $1 or starts_with(t.name, $1 || '.')
order by t.name
