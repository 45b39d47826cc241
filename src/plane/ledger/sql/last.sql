select index, chain from ledger.leaf order by index desc limit 1
