select secret_version, secret_key, secret_sealed from observe.channel where id = $1
