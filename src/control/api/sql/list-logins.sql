select l.plane, l.at, l.door, l.outcome, l.method, s.name as subject, l.reason
from inbox.login l left join identity.subject s on s.id = l.subject_id
where ($1::text is null or s.name = $1) and ($2::timestamptz is null or l.at < $2)
order by l.at desc, l.number desc
limit $3
