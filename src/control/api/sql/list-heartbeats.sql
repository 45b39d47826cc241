select plane, at, bundle_serial::text as bundle_serial, bundle_state, ledger_size::text as ledger_size, ledger_chain,
  outbox_waiting::text as outbox_waiting, connections
from inbox.heartbeat
