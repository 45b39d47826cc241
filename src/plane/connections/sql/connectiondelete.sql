-- $1 id
delete from vault.connection where id = $1
