-- Direct parents by partitioning or inheritance.
select inhrelid::bigint as relation, inhparent::bigint as parent
from pg_inherits
where inhrelid = any ($1::oid[])
order by inhrelid, inhseqno
