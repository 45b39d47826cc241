insert into ledger.floor (size, chain) values ($1, $2)
on conflict (single) do update set size = excluded.size, chain = excluded.chain
