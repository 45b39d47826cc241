select m.project_id, m.subject_id, s.name as subject_name, m.added_at, m.added_by,
  coalesce(
    json_agg(json_build_object('purpose', a.purpose, 'statement', a.statement_sha256, 'at', a.at) order by a.purpose)
      filter (where a.purpose is not null),
    '[]'
  ) as acknowledged
from access.member m
join identity.subject s on s.id = m.subject_id
left join access.acknowledgement a on a.project_id = m.project_id and a.subject_id = m.subject_id
where $1::text is null or m.project_id = $1
group by m.project_id, m.subject_id, s.name, m.added_at, m.added_by
order by m.project_id, s.name
