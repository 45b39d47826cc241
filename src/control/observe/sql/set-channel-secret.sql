update observe.channel
set secret_version = $2, secret_key = $3, secret_sealed = $4, secret_set_at = $5, secret_set_by = $6
where id = $1
