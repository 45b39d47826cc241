update sources.system
set server_version = $2, version = version + $3, digest = $4, refreshed_at_ms = $5, findings = $6
where id = $1 and version = $7
returning version
