select exists (
  select from catalog.owner w
    join catalog.source s on s.id = w.source_id
    join catalog.system y on y.plane = s.plane and y.id = s.system_id
  where w.subject_id = $2 and (s.id = $1 or y.name || '.' || s.schema || '.' || s.name = $1)
) as owns
