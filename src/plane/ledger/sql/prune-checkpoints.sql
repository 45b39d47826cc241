-- Of each hour that is over, its last checkpoint stays, and every one that a quorum may rest on: the newest cosigned.
delete from ledger.checkpoint c
where c.signed_at_ms < $1
  and exists (
    select from ledger.checkpoint later
    where later.size > c.size and later.signed_at_ms / 3600000 = c.signed_at_ms / 3600000
  )
  and c.size < (select coalesce(max(size), 0) from ledger.cosignature)
