insert into inbox.health (plane, component, system_id, state, code, at)
values ($1, $2, $3, $4, $5, $6)
on conflict (plane, component, system_id) do update set state = excluded.state, code = excluded.code, at = excluded.at
where inbox.health.at <= excluded.at
