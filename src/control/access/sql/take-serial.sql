insert into access.bundle (plane, serial, revision, act, issued_at) values ($1, $5::bigint + 1, $2, $3, $4)
on conflict (plane) do update
set serial = greatest(access.bundle.serial, $5::bigint) + 1,
  revision = excluded.revision, act = excluded.act, issued_at = excluded.issued_at
returning serial::text
