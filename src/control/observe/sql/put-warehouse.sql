insert into observe.warehouse as w (plane, name, engine, mode, state, fault, at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (plane, name) do update set engine = excluded.engine, mode = excluded.mode, state = excluded.state,
  fault = excluded.fault, at = excluded.at
where w.at <= excluded.at
