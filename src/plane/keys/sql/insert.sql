-- $1 scope, $2 version, $3 wrapped, $4 provider; inserts nothing when another process was first
insert into keys.data_key (scope, version, wrapped, provider) values ($1, $2, $3, $4)
on conflict do nothing
