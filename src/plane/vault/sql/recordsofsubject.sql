-- $1 subject number
select table_number as "tableNumber", id, version, subject_number as subject, body from vault.record
where subject_number = $1 order by table_number, id for update
