select index, entry, leaf_hash, chain, details
from ledger.leaf
where index >= $1
  and ($2::text[] is null or entry::jsonb ->> 'kind' = any ($2))
  and ($3::text is null or entry::jsonb #>> '{actor,id}' = $3)
  and ($4::bigint is null or (entry::jsonb ->> 'time')::bigint >= $4)
  and ($5::bigint is null or (entry::jsonb ->> 'time')::bigint < $5)
order by index
limit $6
