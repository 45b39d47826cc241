select size, root, signature, signed_at_ms from ledger.checkpoint c
where exists (select from ledger.cosignature where size = c.size)
order by size desc limit $1
