-- $1 space, $2 how many groups at most: records that share a value
select array_agg(record_id order by record_id) as records from (
  select digest, record_id, row_number() over (partition by digest order by record_id) as place from vault.lookup
  where space = $1 and digest in (select digest from vault.lookup where space = $1 group by digest having count(*) > 1 limit $2)
) shared where place <= 100 group by digest
