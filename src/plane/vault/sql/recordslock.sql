-- $1 table number, $2 ids
select id, version, subject_number as subject, body from vault.record
where table_number = $1 and id = any($2::uuid[]) order by id for update
