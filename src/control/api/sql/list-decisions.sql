select d.plane, d.number::text as number, d.at, coalesce(s.name, d.subject_id) as subject, d.project, d.purpose, d.door, d.mode,
  d.effect, d.bundle_serial::text as bundle_serial, d.rows::text as rows, d.operation,
  d.requests::text as requests, d.duration_micros::text as duration_micros,
  d.fingerprint,
  (select jsonb_agg(x.entry || jsonb_build_object('source', coalesce(y.name || '.' || c.schema || '.' || c.name, x.entry->>'source'))
      order by x.ordinal)
    from jsonb_array_elements(d.sources) with ordinality as x(entry, ordinal)
    left join catalog.source c on c.id = x.entry->>'source'
    left join catalog.system y on y.plane = c.plane and y.id = c.system_id) as sources
from inbox.decision d left join identity.subject s on s.id = d.subject_id
where ($1::text is null or s.name = $1)
  and ($2::text is null or d.effect = $2)
  and ($3::text is null or $3 = any (d.decision_ids))
  and ($4::timestamptz is null or d.at < $4)
  and ($5::text is null or exists (
    select from jsonb_array_elements(d.sources) as x(entry) join catalog.source c on c.id = x.entry->>'source'
      join catalog.system y on y.plane = c.plane and y.id = c.system_id
    where y.name || '.' || c.schema || '.' || c.name = $5 or c.id = $5))
order by d.at desc, d.number desc
limit $6
