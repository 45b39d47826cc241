-- $1 key of a blob
delete from vault.trash where key = $1
