-- $1 export, $2 table number, $3 id behind which to go on or null, $4 how many at most, $5 bytes at most, but one record: as they were when it began
select id, version, subject, body from (
  select id, version, subject, body,
    sum(octet_length(body)) over (order by id rows between unbounded preceding and 1 preceding) as before
  from (
    (select r.id, r.version, r.subject_number as subject, r.body from vault.record r
     where r.table_number = $2 and r.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') and r.body is not null
       and not exists (select from vault.export_kept k where k.export_id = $1 and k.table_number = $2 and k.record_id = r.id)
     order by r.id limit $4)
    union all
    (select k.record_id, k.version, k.subject_number, k.body from vault.export_kept k
     where k.export_id = $1 and k.table_number = $2 and k.record_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
       and k.body is not null
     order by k.record_id limit $4)
  ) as either
) as page where coalesce(before, 0) < $5 order by id limit $4
