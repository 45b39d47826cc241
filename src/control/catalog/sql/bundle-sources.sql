select s.id, y.name as system, s.schema, s.name, s.state,
  coalesce(nullif(s.description, ''), s.comment) as description,
  array(select o.name from catalog.owner w join identity.subject o on o.id = w.subject_id
    where w.source_id = s.id order by o.name) as owners,
  coalesce(g.own, '[]') as tags,
  coalesce(c.columns, '[]') as columns
from catalog.source s
join catalog.system y on y.plane = s.plane and y.id = s.system_id
left join lateral (
  select jsonb_agg(jsonb_build_object('name', t.tag, 'by', jsonb_build_object('kind', t.by_kind, 'name', t.by_name))
    order by t.tag) as own
  from catalog.tagging t where t.source_id = s.id and t.column_name = ''
) g on true
left join lateral (
  select jsonb_agg(jsonb_build_object('name', c.name, 'type', c.type,
    'description', coalesce(nullif(c.description, ''), c.comment),
    'tags', coalesce((
      select jsonb_agg(jsonb_build_object('name', t.tag, 'by', jsonb_build_object('kind', t.by_kind, 'name', t.by_name))
        order by t.tag)
      from catalog.tagging t where t.source_id = s.id and t.column_name = c.name), '[]')) order by c.position) as columns
  from catalog.source_column c where c.source_id = s.id
) c on true
where s.plane = $1 and s.state <> 'removed' and y.state = 'active'
order by y.name, s.schema, s.name
