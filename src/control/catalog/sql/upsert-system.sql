insert into catalog.system (plane, id, name, mode, version, digest, server_version, registered_at, updated_at, engine)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
on conflict (plane, id) do update set
  name = excluded.name, state = 'active', mode = excluded.mode, version = excluded.version, digest = excluded.digest,
  server_version = excluded.server_version, updated_at = excluded.updated_at
-- an updated row has an xmax: only the insert of a first registration has none
returning xmax = 0 as new
