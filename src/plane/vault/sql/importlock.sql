-- $1 id
select forgotten from vault.import where id = $1 for update
