insert into access.acknowledgement (project_id, subject_id, purpose, statement_sha256, at)
select m.project_id, m.subject_id, $3, $4, $5
from access.member m where m.project_id = $1 and m.subject_id = $2
on conflict (project_id, subject_id, purpose)
do update set statement_sha256 = excluded.statement_sha256, at = excluded.at
