insert into inbox.heartbeat (plane, at, bundle_serial, bundle_state, ledger_size, ledger_chain, outbox_waiting, connections)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (plane) do update set at = excluded.at, bundle_serial = excluded.bundle_serial,
  bundle_state = excluded.bundle_state, ledger_size = excluded.ledger_size, ledger_chain = excluded.ledger_chain,
  outbox_waiting = excluded.outbox_waiting, connections = excluded.connections
where inbox.heartbeat.at <= excluded.at
