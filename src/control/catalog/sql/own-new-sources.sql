insert into catalog.owner (source_id, subject_id, at)
select s.id, o.id, $3
from identity.subject o, catalog.source s
where o.id = $1 and s.id = any ($2::text[])
on conflict do nothing
