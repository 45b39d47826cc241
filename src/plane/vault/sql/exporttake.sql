-- $1 id; whoever read it before makes no more parts
update vault.export set reader = reader + 1 where id = $1 and ended_at_ms is null returning reader
