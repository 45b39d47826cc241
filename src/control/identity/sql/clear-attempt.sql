delete from identity.attempt where scope = $1
