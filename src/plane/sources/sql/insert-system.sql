insert into sources.system (
  id, name, host, port, database, username, tls, authorities, schemas, password,
  registered_by, registered_at_ms, server_version, version, digest, refreshed_at_ms, findings
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $12, $15)
