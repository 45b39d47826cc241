-- $1 id, $2 reader; keeps others from beginning to read it; nothing when somebody has, or it is over
select id from vault.export where id = $1 and reader = $2 and ended_at_ms is null for share
