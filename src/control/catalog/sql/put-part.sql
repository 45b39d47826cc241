insert into catalog.dictionary_part (plane, system_id, digest, part, parts, relations)
values ($1, $2, $3, $4, $5, $6)
on conflict (plane, system_id, digest, part) do update set parts = excluded.parts, relations = excluded.relations
