-- $1 id
select 1 from vault.import where id = $1 for update
