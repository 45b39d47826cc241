select q.channel, q.code, count(*) as items, sum(q.bytes) as bytes, to_timestamp(max(q.at_ms) / 1000.0) as newest_at
from operator.quarantined q group by q.channel, q.code order by q.channel, q.code
