-- $1 scope, $2 version
select scope, version, wrapped, provider from keys.data_key where scope = $1 and version = $2
