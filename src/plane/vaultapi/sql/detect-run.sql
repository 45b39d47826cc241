select sealed from vault.detect_run where id = $1 and vault = $2 and owner = $3 and until_at > $4
