insert into observe.role_reach as r (plane, warehouse, role, use, state, digest, beyond, total, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (plane, warehouse, role, use) do update set state = excluded.state, digest = excluded.digest,
  beyond = excluded.beyond, total = excluded.total, at = excluded.at
where r.at <= excluded.at
