select (select coalesce(max(l.index) + 1, 0) from ledger.leaf l) as leaves, (select coalesce(max(f.size), 0) from ledger.floor f) as minimum,
  c.size as checkpoint, to_timestamp(c.signed_at_ms / 1000.0) as signed_at,
  (select count(*) from ledger.cosignature w where w.size = c.size) as cosignatures
from (select max(size) as size from ledger.checkpoint) m left join ledger.checkpoint c on c.size = m.size
