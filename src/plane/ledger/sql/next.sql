-- The next leaf there is, wherever the gap ends.
select index from ledger.leaf where index >= $1 order by index limit 1
