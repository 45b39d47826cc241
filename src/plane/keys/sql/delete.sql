-- $1 scope
delete from keys.data_key where scope = $1 returning version
