delete from vault.assertion_use
where digest in (select digest from vault.assertion_use where until_at < $1 limit 1000 for update skip locked)
