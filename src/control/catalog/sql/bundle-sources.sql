-- Each kind of thing is gathered once for all sources: a subquery a column takes seconds at 100,000 columns.
with source as materialized (
  select s.id, y.name as system, s.schema, s.name, s.state, coalesce(nullif(s.description, ''), s.comment) as description
  from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
  where s.plane = $1 and s.state <> 'removed' and y.state = 'active'
    -- policies of a vault decide about it, by ids, and no policy of data sources does
    and y.engine <> 'vault'
), tagged as materialized (
  select t.source_id, t.column_name,
    json_agg(json_build_object('name', t.tag, 'by', json_build_object('kind', t.by_kind, 'name', t.by_name)) order by t.tag) as tags
  from catalog.tagging t join source s on s.id = t.source_id
  group by t.source_id, t.column_name
), owned as (
  select w.source_id, array_agg(o.name order by o.name) as owners
  from catalog.owner w join identity.subject o on o.id = w.subject_id
  group by w.source_id
), columned as (
  select c.source_id,
    json_agg(json_build_object('name', c.name, 'type', c.type,
      'description', coalesce(nullif(c.description, ''), c.comment),
      'tags', coalesce(t.tags, '[]')) order by c.position) as columns
  from catalog.source_column c
  join source s on s.id = c.source_id
  left join tagged t on t.source_id = c.source_id and t.column_name = c.name
  group by c.source_id
)
select s.id, s.system, s.schema, s.name, s.state, s.description,
  coalesce(o.owners, '{}') as owners, coalesce(t.tags, '[]') as tags, coalesce(c.columns, '[]') as columns
from source s
left join owned o on o.source_id = s.id
left join tagged t on t.source_id = s.id and t.column_name = ''
left join columned c on c.source_id = s.id
order by s.system, s.schema, s.name
