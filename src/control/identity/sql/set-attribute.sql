with removed as (
  delete from identity.attribute where subject_id = $1 and key = $2 and value <> all ($3::text[])
)
insert into identity.attribute (subject_id, key, value)
select $1, $2, value from unnest($3::text[]) as value
on conflict do nothing
