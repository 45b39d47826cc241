-- $1 scope, $2 version, $3 wrapped, $4 provider; inserts nothing when another process was first or the scope was destroyed
insert into keys.data_key (scope, version, wrapped, provider)
select $1, $2, $3, $4
where not exists (select from keys.destroyed where scope = $1)
on conflict do nothing
