insert into catalog.vault (id, plane, name, description, version, tables, updated_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update
set name = excluded.name, description = excluded.description, version = excluded.version,
  tables = excluded.tables, updated_at = excluded.updated_at
where catalog.vault.plane = excluded.plane and catalog.vault.version < excluded.version
