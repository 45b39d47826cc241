select index, entry::jsonb ->> 'kind' as kind, (entry::jsonb ->> 'time')::bigint as time, chain
from ledger.leaf where index >= $1 and index < $2 order by index
