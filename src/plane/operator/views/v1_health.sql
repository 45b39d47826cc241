select current_setting('server_version') as server, pg_postmaster_start_time() as started_at, pg_is_in_recovery() as standby,
  pg_database_size(current_database()) as bytes,
  (select count(*) from pg_stat_activity a where a.datname = current_database()) as connections,
  current_setting('max_connections')::integer as connections_max,
  d.xact_commit as commits, d.xact_rollback as rollbacks, d.deadlocks, d.temp_bytes
from pg_stat_database d where d.datname = current_database()
