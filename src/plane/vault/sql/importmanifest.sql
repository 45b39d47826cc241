-- $1 id
select manifest from vault.import where id = $1
