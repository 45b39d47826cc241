select s.id, s.plane, y.name as system, s.schema, s.name, s.kind, s.state, s.description, s.comment, s.reviewed_at,
  s.reviewed_by,
  array(select o.name from catalog.owner w join identity.subject o on o.id = w.subject_id
    where w.source_id = s.id order by o.name) as owners,
  coalesce((select jsonb_agg(jsonb_build_object('name', t.tag, 'by', jsonb_build_object('kind', t.by_kind, 'name', t.by_name))
    order by t.tag) from catalog.tagging t where t.source_id = s.id and t.column_name = ''), '[]') as tags,
  (select count(*)::int from catalog.source_column c where c.source_id = s.id) as columns,
  (select count(*)::int from catalog.tagging t join catalog.source_column c on c.source_id = t.source_id and c.name = t.column_name
    where t.source_id = s.id and t.tag = 'New') as unreviewed
from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
where (s.state <> 'removed' or $9)
  and ($1::text is null or s.plane = $1)
  and ($2::text is null or y.name = $2)
  and ($3::text is null or s.state = $3)
  and ($4::text is null or exists (select from catalog.tagging t
    where t.source_id = s.id and (t.tag = $4 or starts_with(t.tag, $4 || '.'))))
  and ($5::text is null or s.name ilike $5 or s.schema ilike $5 or s.description ilike $5 or s.comment ilike $5
    or y.name || '.' || s.schema || '.' || s.name ilike $5
    or exists (select from catalog.source_column c where c.source_id = s.id
      and (c.name ilike $5 or c.description ilike $5 or c.comment ilike $5))
    or exists (select from catalog.tagging t where t.source_id = s.id and t.tag ilike $5))
  and ($6::text is null or y.name || '.' || s.schema || '.' || s.name > $6)
  and ($10::text is null or s.id = $10)
  and ($8::text is null or exists (select from catalog.owner w where w.source_id = s.id and w.subject_id = $8))
order by y.name || '.' || s.schema || '.' || s.name
limit $7
