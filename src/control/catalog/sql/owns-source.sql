-- The very source `find-source-id` finds: whoever owns one that is gone, or one of several of that name, owns none.
select count(*) = 1 and bool_and(exists (
  select from catalog.owner w where w.source_id = s.id and w.subject_id = $2
)) as owns
from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
where (s.id = $1 or y.name || '.' || s.schema || '.' || s.name = $1) and s.state <> 'removed'
