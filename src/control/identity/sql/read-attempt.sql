select until_at from identity.attempt where scope = $1 and until_at > $2
