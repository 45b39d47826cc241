insert into ledger.cosignature (size, name, key_id, signature) values ($1, $2, $3, $4)
on conflict (size, name, key_id) do update set signature = excluded.signature
