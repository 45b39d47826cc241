-- Texts first, for they cost least; what they let through is looked at as JSON. Patterns are of LIKE, or null.
with near as materialized (
  select index, entry, leaf_hash, chain, details
  from ledger.leaf
  where index >= $1 and index < $2
    and ($3::text[] is null or entry like any ($3))
    and entry like all ($4::text[])
    and ($5::text is null
      or entry ilike $5
      or convert_from(substr(details, 33), 'UTF8') ilike $5)
)
select index, entry, leaf_hash, chain, details
from near
where ($6::text[] is null or entry::jsonb ->> 'kind' = any ($6))
  and ($7::text is null or entry::jsonb #>> '{actor,id}' = $7)
  and ($8::bigint is null or (entry::jsonb ->> 'time')::bigint >= $8)
  and ($9::bigint is null or (entry::jsonb ->> 'time')::bigint < $9)
order by index desc
limit $10
