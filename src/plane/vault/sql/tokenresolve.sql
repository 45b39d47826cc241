-- $1 vault number, $2 digests one after the other, $3 how many; a deterministic token stands for the first record with its value
select wanted.position, t.gone, t.space, t.table_number as "ownerTable", t.column_number as "ownerColumn",
  t.record_id as "ownerRecord", t.value_digest as "valueDigest", t.expires_at_ms as "expiresAtMs", t.binding,
  l.table_number as "foundTable", l.record_id as "foundRecord"
from generate_series(1, $3::integer) as wanted (position)
join vault.token t on t.vault_number = $1 and t.digest = substring($2::bytea from wanted.position * 16 - 15 for 16)
left join lateral (
  select table_number, record_id from vault.lookup
  where t.value_digest is not null and space = t.space and digest = t.value_digest
  order by record_id limit 1
) l on true
