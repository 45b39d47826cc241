-- $1 scope, $2 version, $3 wrapped, $4 service that wrapped it, $5 what was wrapped before; changes nothing when it was destroyed meanwhile
update keys.data_key set wrapped = $3, provider = $4 where scope = $1 and version = $2 and wrapped = $5
