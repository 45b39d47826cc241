-- $1 table number, $2 id behind which to go on or null, $3 descending, $4 how many to skip, $5 how many, $6 leave out what was forgotten
(select id, version, subject_number as subject, body from vault.record
 where not $3 and table_number = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
   and (not $6 or body is not null)
 order by id offset $4 limit $5)
union all
(select id, version, subject_number as subject, body from vault.record
 where $3 and table_number = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   and (not $6 or body is not null)
 order by id desc offset $4 limit $5)
