-- An export that is new begins at $2; one that another process holds is left to it.
insert into ledger.export as known (name, next_index, holder, held_until_ms)
values ($1, $2, $3, $4)
on conflict (name) do update set holder = excluded.holder, held_until_ms = excluded.held_until_ms
where known.holder is null or known.holder = excluded.holder or known.held_until_ms < $5
returning next_index, failures
